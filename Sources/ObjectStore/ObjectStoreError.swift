import Glibc
import Kernel

/// Why the file system refused an operation. For the log: it shows paths of the server.
package struct ObjectStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: String, Sendable {
        /// No space, quota or allowed file size is left; reads go on.
        case full
        /// A symbolic link leads out of the store.
        case outsideRoot
        /// Anything else.
        case failed
    }

    /// The kind of failure.
    package let code: Code
    /// What was tried, and on which file.
    package let operation: String
    /// The system's error number; 0 when the system did not refuse.
    package let errorNumber: Int32

    /// A failure of kind `code` while doing `operation`.
    init(_ code: Code, _ operation: String) {
        self.code = code
        self.operation = operation
        errorNumber = 0
    }

    /// The system's refusal of `operation`.
    init(errorNumber: Int32, _ operation: String) {
        code = [ENOSPC, EDQUOT, EFBIG].contains(errorNumber) ? .full : .failed
        self.operation = operation
        self.errorNumber = errorNumber
    }

    /// Whether the system does not let this process do it.
    package var isForbidden: Bool { [EACCES, EPERM].contains(errorNumber) }

    package var description: String {
        let reason = errorNumber == 0 ? "" : ": " + String(cString: strerror(errorNumber))
        return "object store, \(code.rawValue): \(operation)\(reason)"
    }
}

extension MartletError {
    /// What the caller is told when the file system refused: `TEMPORARILY_UNAVAILABLE` when it is full,
    /// `INVALID_PARAMETER_VALUE` for a path that leads out of the store, else `INTERNAL_ERROR`.
    init(_ error: ObjectStoreError, key: ObjectKey) {
        switch error.code {
        case .full:
            let message = "The artifact storage is full: '\(key)' was not stored. Free space, then send it again."
            self.init(.temporarilyUnavailable, message, cause: error)
        case .outsideRoot:
            self.init(.invalidParameterValue, "Invalid path", cause: error)
        case .failed:
            self.init(.internalError, "The artifact storage failed at '\(key)'", cause: error)
        }
    }
}
