import Kernel
import NIOHTTP1

/// What an S3 server refused, or why it could not be asked. For the log: it shows keys of the bucket.
package struct S3Error: Error, Sendable, CustomStringConvertible {
    /// The status of the answer, nil without one.
    let status: Int?
    /// S3's word for what is wrong, such as `NoSuchKey`; empty when it gave none.
    let code: String
    /// What was asked for.
    let operation: String
    /// The server's own words.
    let message: String
    /// Whether the same had been asked before, so that it may have been done.
    var isRepetition = false

    package var description: String {
        "S3, \(operation): " + [status.map(String.init), code, message].compactMap { $0 }.joined(separator: " ")
    }

    /// Whether what was asked for is not there, while the bucket is.
    var isMissing: Bool { status == 404 && code != "NoSuchBucket" }

    /// Whether asking again may help.
    var isPassing: Bool {
        guard let status else { return true }
        return status == 429 || status >= 500 && status != 501 || code == "RequestTimeout"
    }
}

extension S3Error {
    /// What whoever runs the server may do about it, where that can be told.
    fileprivate var reason: String? {
        switch (status, code) {
        case (_, "NoSuchBucket"): "its bucket is not there"
        case (401, _), (403, _): "the credentials of this server are not let in"
        case (301, _), (_, "AuthorizationHeaderMalformed"): "its bucket is in another region than AWS_REGION names"
        default: nil
        }
    }
}

extension MartletError {
    /// What the caller is told when the storage refused: `TEMPORARILY_UNAVAILABLE` for what may pass, `ABORTED` when
    /// an object was replaced while it was read, else `INTERNAL_ERROR`.
    init(_ error: S3Error, key: ObjectKey) {
        if error.isPassing {
            let message = "The artifact storage can't be reached for '\(key)'; try again"
            self.init(.temporarilyUnavailable, message, cause: error)
        } else if error.status == 412 {
            self.init(.aborted, "'\(key)' was replaced while it was read; try again", cause: error)
        } else {
            let why = error.reason.map { ": " + $0 } ?? ""
            self.init(.internalError, "The artifact storage refused what was asked of '\(key)'\(why)", cause: error)
        }
    }
}

extension S3Error {
    /// Why `request` was refused.
    init(_ request: S3Request, status: Int?, code: String = "", message: String) {
        self.init(status: status, code: code, operation: request.summary, message: message)
    }
}
