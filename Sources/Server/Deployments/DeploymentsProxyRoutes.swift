import Hummingbird
import Kernel
import Outbound

/// MLflow's way for its page to a server of language models: what `MLFLOW_DEPLOYMENTS_TARGET` names is asked for it.
struct DeploymentsProxyRoutes: Sendable {
    /// Where it stands; other methods than GET and POST are refused with 405 there, as by MLflow.
    static let path = "/ajax-api/2.0/mlflow/gateway-proxy"
    static let callsMax = 64
    private static let timeoutSeconds: Int64 = 120
    private static let replyBytesMax = 16 << 20
    private static let errorCharactersMax = 1000

    /// The server's address, nil where there is none.
    let target: String?
    private let http = OutboundHTTP(schemes: ["http", "https"], allowsPrivate: true)
    private let calls = OutboundCalls(max: callsMax)

    init(target: String?) {
        self.target = target
    }

    func add(to router: Router<MartletContext>) {
        router.get(RouterPath(Self.path), use: get)
        router.post(RouterPath(Self.path), use: post)
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        guard let target else { return Self.nothing }
        let path = try Self.path(request.queryValue("gateway_path"), method: .get)
        return try await answer(OutboundRequest(.get, Self.url(target, path), timeoutSeconds: Self.timeoutSeconds))
    }

    @Sendable private func post(_ request: Request, _ context: MartletContext) async throws -> Response {
        guard let target else { return Self.nothing }
        try MLflowFields.checkContentType(request)
        let fields = try await request.jsonObject()
        let path = try Self.path(fields["gateway_path"]?.stringValue, method: .post)
        return try await answer(
            OutboundRequest(
                .post,
                Self.url(target, path),
                headers: [(name: "Content-Type", value: "application/json")],
                body: (fields["json_data"] ?? .object(JSONObject())).text,
                timeoutSeconds: Self.timeoutSeconds
            )
        )
    }

    /// Without a server MLflow says that there is one without endpoints.
    private static var nothing: Response {
        .json { writer in
            writer.object { writer in
                writer.name("endpoints")
                writer.array { _ in }
            }
        }
    }

    private static func url(_ target: String, _ path: String) -> String {
        target.hasSuffix("/") ? target + path : "\(target)/\(path)"
    }

    /// The path that a page asks for, without slashes around it: the list of endpoints, or the call of one.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for any other.
    static func path(_ given: String?, method: OutboundRequest.Method) throws -> String {
        guard let given, !given.isEmpty else {
            throw MartletError(.invalidParameterValue, "Deployments proxy request must specify a gateway_path.")
        }
        let path = given.split(separator: "/").joined(separator: "/")
        let isRight =
            switch method {
            case .get: path == "api/2.0/endpoints"
            case .post: isCall(path)
            }
        guard isRight else {
            throw MartletError(
                .invalidParameterValue,
                "Invalid gateway_path: \(given.prefix(200)) for method: \(method.rawValue)"
            )
        }
        return path
    }

    /// Whether `path` is `gateway/NAME/invocations`, with a name that leads nowhere else.
    private static func isCall(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "gateway", parts[2] == "invocations" else { return false }
        let isPlain = parts[1].utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return isPlain && !parts[1].isEmpty && parts[1] != "." && parts[1] != ".."
    }

    private func answer(_ asked: OutboundRequest) async throws -> Response {
        var asked = asked
        asked.replyBytesMax = Self.replyBytesMax
        guard let reply = try await calls.run({ try await reply(to: asked) }) else {
            throw MartletError(
                .requestLimitExceeded,
                "\(Self.callsMax) calls of the server that MLFLOW_DEPLOYMENTS_TARGET names go on. Ask again later."
            )
        }
        guard reply.status == 200 else {
            throw MartletError(
                (400..<500).contains(reply.status) ? .badRequest : .temporarilyUnavailable,
                "Deployments proxy request failed with error code \(reply.status). "
                    + "Error message: \(reply.body.prefix(Self.errorCharactersMax))"
            )
        }
        guard reply.isWhole, let answer = try? JSON.parse(reply.body.utf8) else {
            throw MartletError(
                .temporarilyUnavailable,
                "The server that MLFLOW_DEPLOYMENTS_TARGET names answered with something that is no JSON, or too long."
            )
        }
        return .json { $0.value(answer) }
    }

    private func reply(to asked: OutboundRequest) async throws -> OutboundHTTP.Reply {
        do {
            return try await http.ask(asked)
        } catch let error as CancellationError {
            throw error
        } catch let error as OutboundError {
            throw MartletError(.temporarilyUnavailable, "The address in MLFLOW_DEPLOYMENTS_TARGET \(error.reason).")
        } catch {
            throw MartletError(
                .temporarilyUnavailable,
                "The server that MLFLOW_DEPLOYMENTS_TARGET names can't be reached; try again.",
                cause: error
            )
        }
    }
}
