/// Why an engine's shared library cannot be used. Its description is one line fit for a user.
package struct NativeLibraryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of obstacle it is.
    package enum Code: Hashable, Sendable {
        /// The library, or one that it needs, is not on this machine.
        case notInstalled
        /// The file is there and the system's loader refuses it.
        case notLoadable
        /// The library is loaded and lacks a symbol that Martlet calls.
        case symbolMissing
    }

    /// What kind of obstacle it is.
    package let code: Code
    /// The engine whose library it is.
    package let engine: NativeEngine
    /// What is wrong and, for a missing library, the command that gets it.
    package let description: String

    /// An error about `engine`'s library.
    package init(_ code: Code, engine: NativeEngine, _ description: String) {
        self.code = code
        self.engine = engine
        self.description = description
    }
}
