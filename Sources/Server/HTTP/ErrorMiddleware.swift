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
            let asked = ErrorAnswer.Asked(method: request.method.rawValue, path: request.uri.path)
            return ErrorAnswer.response(to: error, asked, context.number, context.logger)
        }
    }
}

/// What a caller is told of an error.
enum ErrorAnswer {
    /// What was asked for.
    struct Asked {
        let method: String
        let path: String
    }

    /// The answer to `error`; what nobody expected is logged under the request's number.
    static func response(to error: any Error, _ asked: Asked, _ number: UInt64, _ logger: Logger) -> Response {
        var response = answer(to: error, asked, number, logger)
        // The guard, which sets it elsewhere, lies below and never saw the answer.
        response.headers[.xContentTypeOptions] = "nosniff"
        // What is refused for its number may be asked again in a moment.
        if response.status == .tooManyRequests { response.headers[.retryAfter] = "1" }
        // Makes a browser ask for user and password.
        if response.status == .unauthorized { response.headers[.wwwAuthenticate] = "Basic realm=\"Martlet\"" }
        return response
    }

    private static func answer(to error: any Error, _ asked: Asked, _ number: UInt64, _ logger: Logger) -> Response {
        let isInference = asked.path.hasPrefix("/v2")
        let log = { (error: any Error) in
            logger.error("a request failed", metadata: ["error": "\(error)", "request": "\(number)"])
        }
        switch error {
        case let error as MartletError:
            // What the caller may be told in full (a model still loading, say) is no matter for the log.
            if error.code.httpStatus >= 500, let cause = error.cause { log(cause) }
            let status = HTTPResponse.Status(code: error.code.httpStatus)
            return body(error.code.rawValue, error.message, status, isInference)
        case let error as BodyTooLarge:
            return body(
                MartletError.Code.badRequest.rawValue,
                "The body is larger than \(error.bytesMax) bytes.",
                .contentTooLarge,
                isInference
            )
        case is BodyCutShort:
            // Nobody waits for the answer any more, most likely.
            return body(MartletError.Code.badRequest.rawValue, "The body broke off.", .badRequest, isInference)
        case let error as DatabaseError:
            if error.code != .textWithNUL { log(error) }
            return answer(to: error, isInference)
        case let error as any HTTPResponseError:
            return answer(to: error, asked, isInference)
        default:
            log(error)
            return body(
                MartletError.Code.internalError.rawValue,
                "Something went wrong inside the server; its log says more under request \(number).",
                .internalServerError,
                isInference
            )
        }
    }

    private static func answer(to error: DatabaseError, _ isInference: Bool) -> Response {
        switch error.code {
        case .unavailable:
            body(
                MartletError.Code.temporarilyUnavailable.rawValue,
                "The database can't be reached or is too busy at the moment; try again.",
                .serviceUnavailable,
                isInference
            )
        case .full:
            body(
                MartletError.Code.temporarilyUnavailable.rawValue,
                "The disk of the database is full; nothing was written. Make room and try again.",
                .serviceUnavailable,
                isInference
            )
        case .textWithNUL:
            body(
                MartletError.Code.invalidParameterValue.rawValue,
                "The character U+0000 is not allowed in a name, an id or another text.",
                .badRequest,
                isInference
            )
        default:
            body(
                MartletError.Code.internalError.rawValue,
                "The database refused the change; the server's log says more.",
                .internalServerError,
                isInference
            )
        }
    }

    /// A route that is not there, or not for this method.
    private static func answer(to error: any HTTPResponseError, _ asked: Asked, _ isInference: Bool) -> Response {
        let path = asked.path
        switch error.status {
        case .notFound where path == DeploymentsProxyRoutes.path || isInference && InferenceProtocol.hasPath(path):
            return body(
                MartletError.Code.badRequest.rawValue,
                "\(asked.method) \(path): Method Not Allowed",
                .methodNotAllowed,
                isInference
            )
        case .notFound:
            return body(
                MartletError.Code.endpointNotFound.rawValue,
                "There is nothing at \(asked.method) \(path.prefix(200)). /openapi.json lists what there is.",
                .notFound,
                isInference
            )
        default:
            let message = "\(asked.method) \(path.prefix(200)): \(error.status.reasonPhrase)"
            return body(MartletError.Code.badRequest.rawValue, message, error.status, isInference)
        }
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
