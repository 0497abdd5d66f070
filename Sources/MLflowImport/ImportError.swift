/// Why an import can't go on, in words for the one who started it.
package struct ImportError: Error, CustomStringConvertible {
    /// What is wrong and what to do about it.
    package let description: String

    /// An error that says `description`.
    init(_ description: String) {
        self.description = description
    }
}
