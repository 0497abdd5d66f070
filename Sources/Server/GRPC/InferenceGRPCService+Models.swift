import GRPCCore
import Inference
import Kernel
import OpenInferenceMessages
import Serving
import SwiftProtobuf

/// What is asked of the server and of its models.
extension InferenceGRPCService {
    func addServer<Transport: ServerTransport>(to router: inout RPCRouter<Transport>) {
        add("ServerLive", to: &router) { (_: Inference_ServerLiveRequest, _) in
            Inference_ServerLiveResponse.with { $0.live = true }
        }
        add("ServerReady", to: &router) { (_: Inference_ServerReadyRequest, _) in
            Inference_ServerReadyResponse.with { $0.ready = serving.isRestored }
        }
        add("ServerMetadata", to: &router) { (_: Inference_ServerMetadataRequest, _) in
            Inference_ServerMetadataResponse.with {
                $0.name = InferenceProtocol.serverName
                $0.version = MartletVersion.current
                $0.extensions = InferenceProtocol.extensions
            }
        }
    }

    func addModels<Transport: ServerTransport>(to router: inout RPCRouter<Transport>) {
        add("ModelReady", to: &router) { (request: Inference_ModelReadyRequest, _) in
            let isReady = try await serving.isInferenceReady(request.name, version: request.version.given)
            return Inference_ModelReadyResponse.with { $0.ready = isReady }
        }
        add("ModelMetadata", to: &router) { (request: Inference_ModelMetadataRequest, _) in
            let endpoint = try await found(request.name, request.version).endpoint
            return Inference_ModelMetadataResponse.with {
                $0.name = endpoint.name
                $0.versions = serving.versions(of: endpoint.name).map { String($0) }
                $0.platform = endpoint.platform
                $0.inputs = endpoint.inputs.map { $0.metadata }
                $0.outputs = endpoint.outputs.map { $0.metadata }
            }
        }
        add("ModelConfig", to: &router) { (request: Inference_ModelConfigRequest, _) in
            let endpoint = try await found(request.name, request.version).endpoint
            return Inference_ModelConfigResponse.with { $0.config = Inference_ModelConfig(endpoint) }
        }
        add("ModelStatistics", to: &router) { (request: Inference_ModelStatisticsRequest, _) in
            let found =
                request.name.isEmpty
                ? serving.endpoints()
                : [try await found(request.name, request.version)]
            return Inference_ModelStatisticsResponse.with {
                $0.modelStats = found.map { Inference_ModelStatistics($0.endpoint, $0.statistics) }
            }
        }
    }

    private func found(_ name: String, _ version: String) async throws -> ServingService.Deployed {
        try serving.inferenceModel(name, version: try await serving.numbered(version.given, of: name))
    }
}

extension String {
    /// The text, nil where it is the empty one, which a message has where nothing was given.
    var given: String? { isEmpty ? nil : self }
}

extension TensorDescription {
    fileprivate var metadata: Inference_ModelMetadataResponse.TensorMetadata {
        .with {
            $0.name = name
            $0.datatype = elementType.datatype
            $0.shape = (shape ?? [-1]).map { Int64($0) }
        }
    }
}

extension ElementType {
    /// Its name in a model's configuration.
    fileprivate var configured: Inference_DataType {
        switch self {
        case .float: .typeFp32
        case .double: .typeFp64
        case .int8: .typeInt8
        case .int16: .typeInt16
        case .int32: .typeInt32
        case .int64: .typeInt64
        case .uint8: .typeUint8
        case .uint16: .typeUint16
        case .uint32: .typeUint32
        case .uint64: .typeUint64
        case .bool: .typeBool
        case .string: .typeString
        }
    }
}

extension Inference_ModelConfig {
    /// What `JSONWriter.configuration` says of `endpoint`.
    fileprivate init(_ endpoint: Endpoint) {
        self.init()
        name = endpoint.name
        platform = endpoint.platform
        backend = endpoint.backend
        versionPolicy.latest.numVersions = 1
        input = endpoint.inputs.map { tensor in
            .with {
                $0.name = tensor.name
                $0.dataType = tensor.elementType.configured
                $0.dims = (tensor.shape ?? [-1]).map { Int64($0) }
            }
        }
        output = endpoint.outputs.map { tensor in
            .with {
                $0.name = tensor.name
                $0.dataType = tensor.elementType.configured
                $0.dims = (tensor.shape ?? [-1]).map { Int64($0) }
            }
        }
        instanceGroup = [
            .with {
                $0.name = "\(endpoint.name)_0"
                $0.count = 1
                $0.kind = .cpu
            }
        ]
        defaultModelFilename = endpoint.modelFile
    }
}

extension Inference_ModelStatistics {
    /// What `JSONWriter.statistics` says of an endpoint.
    fileprivate init(_ endpoint: Endpoint, _ statistics: EndpointStatistics.Snapshot) {
        self.init()
        let answers = statistics.latency.count
        let nanoseconds = statistics.latency.sumNanoseconds
        name = endpoint.name
        version = String(endpoint.version)
        lastInference = UInt64(clamping: statistics.lastAnswered?.milliseconds ?? 0)
        inferenceCount = statistics.rows
        executionCount = answers
        inferenceStats = .with {
            $0.success = Self.duration(answers, nanoseconds)
            $0.fail = Self.duration(statistics.errors, 0)
            $0.queue = Self.duration(answers, 0)
            $0.computeInput = Self.duration(answers, 0)
            $0.computeInfer = Self.duration(answers, nanoseconds)
            $0.computeOutput = Self.duration(answers, 0)
            $0.cacheHit = Self.duration(0, 0)
            $0.cacheMiss = Self.duration(0, 0)
        }
        batchStats = statistics.batches.sorted { $0.key < $1.key }.map { rows, batch in
            .with {
                $0.batchSize = UInt64(rows)
                $0.computeInput = Self.duration(batch.count, 0)
                $0.computeInfer = Self.duration(batch.count, batch.nanoseconds)
                $0.computeOutput = Self.duration(batch.count, 0)
            }
        }
    }

    private static func duration(_ count: UInt64, _ nanoseconds: UInt64) -> Inference_StatisticDuration {
        .with {
            $0.count = count
            $0.ns = nanoseconds
        }
    }
}
