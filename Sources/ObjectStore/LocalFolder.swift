import Glibc

/// A folder of this machine that is there as long as somebody holds this.
package final class LocalFolder: Sendable {
    /// The folder's real path.
    package let path: String
    private let removal: (@Sendable () -> Void)?

    /// The folder at `path`; `removal` is called when nobody needs it any more.
    init(path: String, removal: (@Sendable () -> Void)? = nil) {
        self.path = path
        self.removal = removal
    }

    deinit {
        removal?()
    }
}
