/// What went wrong, in MLflow's vocabulary, with a message for the caller and a cause for the log.
///
/// The message says what was wrong, with which value, and what would be right. It never holds a secret, a row, a
/// path of the server or SQL; such things belong in `cause`, which is logged and never sent.
package struct MartletError: Error, Sendable {
    /// The kind of failure, spelled on the wire as MLflow spells it.
    package enum Code: String, Sendable, CaseIterable {
        case badRequest = "BAD_REQUEST"
        case invalidParameterValue = "INVALID_PARAMETER_VALUE"
        case resourceAlreadyExists = "RESOURCE_ALREADY_EXISTS"
        case unauthenticated = "UNAUTHENTICATED"
        case permissionDenied = "PERMISSION_DENIED"
        case resourceDoesNotExist = "RESOURCE_DOES_NOT_EXIST"
        case endpointNotFound = "ENDPOINT_NOT_FOUND"
        case resourceConflict = "RESOURCE_CONFLICT"
        case aborted = "ABORTED"
        case requestLimitExceeded = "REQUEST_LIMIT_EXCEEDED"
        case resourceExhausted = "RESOURCE_EXHAUSTED"
        case cancelled = "CANCELLED"
        case internalError = "INTERNAL_ERROR"
        case invalidState = "INVALID_STATE"
        case dataLoss = "DATA_LOSS"
        case notImplemented = "NOT_IMPLEMENTED"
        case temporarilyUnavailable = "TEMPORARILY_UNAVAILABLE"
        case deadlineExceeded = "DEADLINE_EXCEEDED"

        /// The HTTP status that MLflow 3.18 answers for the code.
        package var httpStatus: Int {
            switch self {
            case .badRequest, .invalidParameterValue, .resourceAlreadyExists: 400
            case .unauthenticated: 401
            case .permissionDenied: 403
            case .resourceDoesNotExist, .endpointNotFound: 404
            case .resourceConflict, .aborted: 409
            case .requestLimitExceeded, .resourceExhausted: 429
            case .cancelled: 499
            case .internalError, .invalidState, .dataLoss: 500
            case .notImplemented: 501
            case .temporarilyUnavailable: 503
            case .deadlineExceeded: 504
            }
        }
    }

    /// The kind of failure.
    package let code: Code
    /// For the caller: what was wrong, with which value, what would be right.
    package let message: String
    /// Further facts for the caller, by name.
    package let details: [String: String]
    /// The error below, for the log only.
    package let cause: (any Error)?

    /// An error of `code` that tells the caller `message` and the log `cause`.
    package init(_ code: Code, _ message: String, details: [String: String] = [:], cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.details = details
        self.cause = cause
    }
}

extension MartletError: CustomStringConvertible {
    package var description: String { "\(code.rawValue): \(message)" }
}
