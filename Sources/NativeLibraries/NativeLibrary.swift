import Glibc

/// A shared library in this process, loaded once and there until the process ends.
///
/// It is never closed: engines start threads, register handlers and hand out function pointers that outlive any
/// object of ours, and unmapping their code would crash them. Opening a library again costs a count, not memory.
// The handle is a number to the loader, never changed after `init`, and `dlsym` may be called from any thread.
package struct NativeLibrary: @unchecked Sendable {
    /// The engine whose library it is.
    package let engine: NativeEngine
    /// The file it was loaded from.
    package let path: String
    private let handle: UnsafeMutableRawPointer

    /// Loads the file with its symbols hidden from other libraries, all of them resolved at once.
    init(engine: NativeEngine, path: String) throws(NativeLibraryError) {
        guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            throw NativeLibraryError(
                .notLoadable,
                engine: engine,
                "\(engine.displayName): \(path) cannot be loaded: \(Self.loaderMessage())"
            )
        }
        self.engine = engine
        self.path = path
        self.handle = handle
    }

    /// The address of a symbol as the type given, for instance a `@convention(c)` function.
    ///
    /// - Parameters:
    ///   - name: the symbol as exported.
    ///   - type: a type the size of a pointer; nothing checks that the symbol really is one.
    /// - Returns: the address, valid until the process ends.
    /// - Throws: `symbolMissing`, naming symbol and file.
    package func symbol<T>(_ name: String, as type: T.Type) throws(NativeLibraryError) -> T {
        precondition(MemoryLayout<T>.size == MemoryLayout<UnsafeRawPointer>.size, "a symbol is one pointer wide")
        guard let address = dlsym(handle, name) else {
            throw NativeLibraryError(
                .symbolMissing,
                engine: engine,
                "\(engine.displayName): \(path) has no symbol \(name); Martlet needs release \(engine.version)"
            )
        }
        return unsafeBitCast(address, to: type)
    }

    /// Makes a library's symbols visible to all that are loaded after it; false when the loader does not find it.
    ///
    /// A bare name is searched for where the system keeps its libraries.
    static func preload(_ nameOrPath: String) -> Bool {
        dlopen(nameOrPath, RTLD_NOW | RTLD_GLOBAL) != nil
    }

    /// Whether the loader would find a library, asked of the loader itself; nothing stays loaded for it.
    static func isLoadable(_ nameOrPath: String) -> Bool {
        guard let handle = dlopen(nameOrPath, RTLD_LAZY | RTLD_LOCAL) else { return false }
        dlclose(handle)
        return true
    }

    /// What the loader says of the last failure on this thread.
    private static func loaderMessage() -> String {
        guard let message = dlerror() else { return "no reason given" }
        return String(cString: message)
    }
}
