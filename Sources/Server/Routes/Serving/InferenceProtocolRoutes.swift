import Hummingbird
import Kernel
import NIOCore
import Serving

/// The Open Inference Protocol over REST, version 2, as Triton's client speaks it, but for inference itself. A model
/// there is an endpoint here.
struct InferenceProtocolRoutes {
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        let group = router.group("v2")
        group.get(use: server)
        group.get("health/live") { _, _ in Response(status: .ok) }
        group.get("health/ready") { _, _ in
            guard serving.isRestored else {
                throw MartletError(.temporarilyUnavailable, "The server is loading its models")
            }
            return Response(status: .ok)
        }
        group.post("repository/index", use: index)
        for path in ["models/:model", "models/:model/versions/:version"] as [RouterPath] {
            group.get(path, use: metadata)
            let model = group.group(path)
            model.get("ready", use: ready)
            model.get("stats", use: statistics)
        }
    }

    @Sendable private func server(_ request: Request, _ context: MartletContext) async throws -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("name", "martlet")
                writer.member("version", MartletVersion.current)
                writer.name("extensions")
                writer.array { writer in
                    for name in ["binary_tensor_data", "statistics", "model_repository"] { writer.value(name) }
                }
            }
        }
    }

    @Sendable private func metadata(_ request: Request, _ context: MartletContext) async throws -> Response {
        let endpoint = try found(context).endpoint
        return .json { writer in
            writer.object { writer in
                writer.member("name", endpoint.name)
                writer.name("versions")
                writer.array { $0.value(String(endpoint.version)) }
                writer.member("platform", endpoint.runtime == "python" ? "mlflow_pyfunc" : "onnxruntime_onnx")
                writer.tensors("inputs", endpoint.inputs)
                writer.tensors("outputs", endpoint.outputs)
            }
        }
    }

    @Sendable private func ready(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (name, version) = try Self.model(context)
        guard let endpoint = serving.endpoints().first(where: { $0.endpoint.name == name })?.endpoint,
            endpoint.state == .ready, version == nil || version == String(endpoint.version)
        else { throw MartletError(.invalidParameterValue, "Model version not ready") }
        return Response(status: .ok)
    }

    private static func model(_ context: MartletContext) throws -> (name: String, version: String?) {
        let name = try context.parameters.require("model")
        return (PercentEncoding.decode(name) ?? name, context.parameters.get("version"))
    }

    private typealias Found = (endpoint: Endpoint, statistics: EndpointStatistics.Snapshot)

    private func found(_ context: MartletContext) throws -> Found {
        let (name, version) = try Self.model(context)
        guard let found = serving.endpoints().first(where: { $0.endpoint.name == name }),
            version == nil || version == String(found.endpoint.version)
        else {
            let asked = version.map { "'\(name.prefix(256))' version \($0.prefix(50))" } ?? "'\(name.prefix(256))'"
            throw MartletError(.endpointNotFound, "Request for unknown model: \(asked) is not found")
        }
        return found
    }
}

// MARK: Triton's extensions

extension InferenceProtocolRoutes {
    @Sendable private func index(_ request: Request, _ context: MartletContext) async throws -> Response {
        // Triton's client sends no body or `{"ready": …}`.
        let body = try await request.bytes()
        let wanted: JSON
        do throws(JSONSyntaxError) {
            wanted = body.readableBytes == 0 ? .null : try JSON.parse(body.readableBytesView)
        } catch {
            throw MartletError(.badRequest, "The body is \(error)", cause: error)
        }
        let isReadyOnly = wanted.objectValue?["ready"] == true
        let endpoints = serving.endpoints().map(\.endpoint).filter { !isReadyOnly || $0.state == .ready }
        return .json { writer in
            writer.array { writer in
                for endpoint in endpoints {
                    writer.object { writer in
                        writer.member("name", endpoint.name)
                        writer.member("version", String(endpoint.version))
                        switch endpoint.state {
                        case .loading: writer.member("state", "LOADING")
                        case .ready: writer.member("state", "READY")
                        case .failed(let message):
                            writer.member("state", "UNAVAILABLE")
                            writer.member("reason", message)
                        }
                    }
                }
            }
        }
    }

    @Sendable private func statistics(_ request: Request, _ context: MartletContext) async throws -> Response {
        let (endpoint, statistics) = try found(context)
        return .json { writer in
            writer.object { writer in
                writer.name("model_stats")
                writer.array { writer in
                    writer.object { writer in
                        writer.member("name", endpoint.name)
                        writer.member("version", String(endpoint.version))
                        writer.member("inference_count", Int64(clamping: statistics.rows))
                        writer.member("execution_count", Int64(clamping: statistics.latency.count))
                        writer.member("inference_stats") { writer in
                            writer.duration("success", statistics.latency.count, statistics.latency.sumNanoseconds)
                            writer.duration("fail", statistics.errors, 0)
                        }
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func duration(_ name: StaticString, _ count: UInt64, _ nanoseconds: UInt64) {
        member(name) { writer in
            writer.member("count", Int64(clamping: count))
            writer.member("ns", Int64(clamping: nanoseconds))
        }
    }
}
