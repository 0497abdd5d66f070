import Database
import GRPCCore
import Kernel
import Logging

/// What a caller over gRPC is told of an error, and how the same would be called over HTTP.
struct RPCFailure {
    let error: RPCError
    /// The status that HTTP has for it.
    let status: Int

    /// The failure that `error` is; what nobody expected is logged, under a request's number.
    init(_ error: any Error, _ source: @autoclosure () -> RequestSource) {
        switch error {
        case let error as RPCError: self.init(error)
        case let error as MartletError: self.init(error)
        case is CancellationError: self.init(.cancelled, 499, "The caller went away.")
        case let error as DatabaseError where error.code == .unavailable:
            self.init(.unavailable, 503, "The database can't be reached or is too busy at the moment; try again.")
        default:
            let asked = source()
            asked.logger.error(
                "a request failed",
                metadata: ["error": "\(error)", "request": "\(asked.number)"]
            )
            self.init(
                .internalError,
                500,
                "Something went wrong inside the server; its log says more under request \(asked.number)."
            )
        }
    }

    private init(_ code: RPCError.Code, _ status: Int, _ message: String) {
        error = RPCError(code: code, message: message)
        self.status = status
    }

    private init(_ error: RPCError) {
        self.error = error
        status =
            switch error.code {
            case .invalidArgument: 400
            case .deadlineExceeded: 408
            case .cancelled: 499
            default: 500
            }
    }

    private init(_ error: MartletError) {
        let status = error.code.httpStatus
        let code: RPCError.Code =
            switch status {
            case 400: .invalidArgument
            case 401: .unauthenticated
            case 403: .permissionDenied
            case 404: .notFound
            case 409: .aborted
            case 429: .resourceExhausted
            case 499: .cancelled
            case 501: .unimplemented
            case 503: .unavailable
            case 504: .deadlineExceeded
            default: .internalError
            }
        self.init(code, status, error.message)
    }
}
