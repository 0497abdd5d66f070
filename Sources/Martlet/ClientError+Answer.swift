import AsyncHTTPClient
import Glibc
import Kernel
import NIOCore
import NIOPosix

extension ClientError {
    /// The failure that an answer with a status of 300 or more tells of.
    ///
    /// - Parameters:
    ///   - status: the answer's HTTP status.
    ///   - body: the answer's body, or its beginning.
    ///   - location: where the answer sends the client, when it does.
    ///   - server: the server's address.
    init(status: Int, body: [UInt8], location: String?, server: String) {
        let answer = (try? JSON.parse(body, nonFinite: .accept))?.objectValue
        let code = answer?["error_code"]?.stringValue
        let said = answer?["message"]?.stringValue ?? answer?["error"]?.stringValue
        switch status {
        case 300..<400:
            let target = location.map { " to \($0)" } ?? ""
            self.init(
                .refused,
                "\(server) sends its clients elsewhere\(target).",
                remedy: "Give the server's own address by --server or MARTLET_URL."
            )
        case 401:
            self.init(
                .unauthenticated,
                said ?? "\(server) asks who you are.",
                remedy: "Set MARTLET_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
                code: code
            )
        case 404 where said == nil:
            self.init(
                .refused,
                "\(server) answers, but does not know what was asked.",
                remedy: "Is it a Martlet server? --server and MARTLET_URL say which one is asked.",
                code: "ENDPOINT_NOT_FOUND"
            )
        case 404: self.init(.notFound, said ?? "", code: code)
        default: self.init(.refused, said ?? "\(server) answered with status \(status).", code: code)
        }
    }

    /// The failure of a request that got no answer.
    init(_ error: any Error, server: String, limit: Duration) {
        switch error {
        case let error as ClientError: self = error
        case let error as HTTPClientError where Self.timeLimits.contains(error):
            self.init(
                .unreachable,
                "\(server) did not answer within \(limit.components.seconds) seconds.",
                remedy: "Give it more time by --timeout, or see whether the server is well."
            )
        case let error as HTTPClientError where error == .bodyLengthMismatch:
            self.init(.file, "The file changed while it was sent.", remedy: "Send it again.")
        case is CancellationError: self.init(.refused, "The request was cancelled.")
        default:
            self.init(
                .unreachable,
                "No server answers at \(server): \(Self.reason(error)).",
                remedy: "Start one by 'martlet server', or say where it is by --server or MARTLET_URL."
            )
        }
    }

    private static let timeLimits: [HTTPClientError] = [.deadlineExceeded, .readTimeout, .writeTimeout]

    /// What hindered a connection, in a few words.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout: "the connection took too long"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "the connection was closed"
        case let error as HTTPClientError: error.shortDescription
        case let error as IOError where error.errnoCode == ECONNREFUSED: "the connection was refused"
        case let error as NIOConnectionError: connection(error)
        default: "\(error)"
        }
    }

    private static func connection(_ error: NIOConnectionError) -> String {
        if let first = error.connectionErrors.first { return reason(first.error) }
        return "the name '\(error.host)' has no address"
    }
}
