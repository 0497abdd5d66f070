import Database
import HTTPTypes
package import Hummingbird
import Kernel
import Logging
import NIOHTTP1

/// The one place where errors become answers, and where what nobody expected is logged.
package struct ErrorMiddleware: RouterMiddleware {
    package typealias Context = MartletContext

    /// The outermost middleware of every route.
    package init() {}

    package func handle(
        _ request: Request,
        context: MartletContext,
        next: (Request, MartletContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            var response = answer(to: error, request, context)
            // The guard, which sets it elsewhere, lies below and never saw the answer.
            response.headers[.xContentTypeOptions] = "nosniff"
            return response
        }
    }

    private func answer(to error: any Error, _ request: Request, _ context: MartletContext) -> Response {
        let isInference = request.uri.path.hasPrefix("/v2")
        switch error {
        case let error as MartletError:
            // What the caller may be told in full (a model still loading, say) is no matter for the log.
            if error.code.httpStatus >= 500, let cause = error.cause { log(cause, context) }
            let status = HTTPResponse.Status(code: error.code.httpStatus)
            return Self.body(error.code.rawValue, error.message, status, isInference)
        case let error as BodyTooLarge:
            return Self.body(
                MartletError.Code.badRequest.rawValue,
                "The body is larger than \(error.bytesMax) bytes.",
                .contentTooLarge,
                isInference
            )
        case let error as DatabaseError:
            log(error, context)
            return answer(to: error, isInference)
        case let error as any HTTPResponseError:
            return answer(to: error, request, isInference)
        default:
            log(error, context)
            return Self.body(
                MartletError.Code.internalError.rawValue,
                "Something went wrong inside the server; its log says more under request \(context.id).",
                .internalServerError,
                isInference
            )
        }
    }

    private func answer(to error: DatabaseError, _ isInference: Bool) -> Response {
        switch error.code {
        case .unavailable:
            Self.body(
                MartletError.Code.temporarilyUnavailable.rawValue,
                "The database can't be reached or is too busy at the moment; try again.",
                .serviceUnavailable,
                isInference
            )
        case .full:
            Self.body(
                MartletError.Code.temporarilyUnavailable.rawValue,
                "The disk of the database is full; nothing was written. Make room and try again.",
                .serviceUnavailable,
                isInference
            )
        default:
            Self.body(
                MartletError.Code.internalError.rawValue,
                "The database refused the change; the server's log says more.",
                .internalServerError,
                isInference
            )
        }
    }

    /// A route that is not there, or not for this method.
    private func answer(to error: any HTTPResponseError, _ request: Request, _ isInference: Bool) -> Response {
        let path = request.uri.path
        switch error.status {
        case .notFound:
            return Self.body(
                MartletError.Code.endpointNotFound.rawValue,
                "There is nothing at \(request.method) \(path.prefix(200)). /openapi.json lists what there is.",
                .notFound,
                isInference
            )
        default:
            let message = "\(request.method) \(path.prefix(200)): \(error.status.reasonPhrase)"
            return Self.body(MartletError.Code.badRequest.rawValue, message, error.status, isInference)
        }
    }

    private func log(_ error: any Error, _ context: MartletContext) {
        context.logger.error("a request failed", metadata: ["error": "\(error)"])
    }

    private static func body(
        _ code: String,
        _ message: String,
        _ status: HTTPResponse.Status,
        _ isInference: Bool
    ) -> Response {
        .json(status: status) { writer in
            writer.object { writer in
                if isInference {
                    writer.name("error")
                    writer.value(message)
                } else {
                    writer.name("error_code")
                    writer.value(code)
                    writer.name("message")
                    writer.value(message)
                }
            }
        }
    }
}
