import GRPCCore
import Kernel
import OpenInferenceMessages
import Serving
import SwiftProtobuf

/// Triton's repository, settings and shared memory.
extension InferenceGRPCService {
    func addRepository<Transport: ServerTransport>(to router: inout RPCRouter<Transport>) {
        add("RepositoryIndex", to: &router) { (request: Inference_RepositoryIndexRequest, _) in
            let endpoints = serving.endpoints().map(\.endpoint).filter { !request.ready || $0.state == .ready }
            return Inference_RepositoryIndexResponse.with {
                $0.models = endpoints.map { endpoint in
                    .with {
                        let (state, reason) = endpoint.repositoryState
                        $0.name = endpoint.name
                        $0.version = String(endpoint.version)
                        $0.state = state
                        $0.reason = reason ?? ""
                    }
                }
            }
        }
        let repository = InferenceRepository(serving, managesModels)
        add("RepositoryModelLoad", to: &router) { (request: Inference_RepositoryModelLoadRequest, caller) in
            let parameters = request.parameters.keys.sorted()
            try await serving.load(try repository.checked(request.modelName, parameters: parameters), by: caller.actor)
            return Inference_RepositoryModelLoadResponse()
        }
        add("RepositoryModelUnload", to: &router) { (request: Inference_RepositoryModelUnloadRequest, caller) in
            let parameters = request.parameters.keys.sorted()
            try await serving.unload(
                try repository.checked(request.modelName, parameters: parameters),
                by: caller.actor
            )
            return Inference_RepositoryModelUnloadResponse()
        }
    }

    func addSettings<Transport: ServerTransport>(to router: inout RPCRouter<Transport>) {
        add("TraceSetting", to: &router) { (request: Inference_TraceSettingRequest, _) in
            if !request.modelName.isEmpty { _ = try serving.inferenceModel(request.modelName, version: nil) }
            let wanted = request.settings.map { name, setting in
                (name, setting.value.isEmpty ? JSON.null : .array(setting.value.map { .string($0) }))
            }
            try InferenceSettings.check(JSONObject(wanted), InferenceSettings.trace)
            return Inference_TraceSettingResponse.with {
                for (name, value) in InferenceSettings.trace.members.map({ ($0.name, $0.value) }) {
                    let texts = (value.arrayValue ?? [value]).compactMap(\.stringValue)
                    $0.settings[name] = .with { $0.value = texts }
                }
            }
        }
        add("LogSettings", to: &router) { (request: Inference_LogSettingsRequest, _) in
            let wanted = request.settings.map { ($0.key, $0.value.json) }
            try InferenceSettings.check(JSONObject(wanted), InferenceSettings.log)
            return Inference_LogSettingsResponse.with {
                for (name, value) in InferenceSettings.log.members.map({ ($0.name, $0.value) }) {
                    $0.settings[name] = Inference_LogSettingsResponse.SettingValue(value)
                }
            }
        }
        addSystemMemory(to: &router)
        addCudaMemory(to: &router)
    }

    private func addSystemMemory<Transport: ServerTransport>(to router: inout RPCRouter<Transport>) {
        add("SystemSharedMemoryStatus", to: &router) { (request: Inference_SystemSharedMemoryStatusRequest, _) in
            guard request.name.isEmpty else { throw InferenceSettings.unknownRegion(request.name, "system") }
            return Inference_SystemSharedMemoryStatusResponse()
        }
        add("SystemSharedMemoryRegister", to: &router) {
            (_: Inference_SystemSharedMemoryRegisterRequest, _) -> Inference_SystemSharedMemoryRegisterResponse in
            throw InferenceSettings.noSharedMemory
        }
        add("SystemSharedMemoryUnregister", to: &router) { (_: Inference_SystemSharedMemoryUnregisterRequest, _) in
            Inference_SystemSharedMemoryUnregisterResponse()
        }
    }

    private func addCudaMemory<Transport: ServerTransport>(to router: inout RPCRouter<Transport>) {
        add("CudaSharedMemoryStatus", to: &router) { (request: Inference_CudaSharedMemoryStatusRequest, _) in
            guard request.name.isEmpty else { throw InferenceSettings.unknownRegion(request.name, "cuda") }
            return Inference_CudaSharedMemoryStatusResponse()
        }
        add("CudaSharedMemoryRegister", to: &router) {
            (_: Inference_CudaSharedMemoryRegisterRequest, _) -> Inference_CudaSharedMemoryRegisterResponse in
            throw InferenceSettings.noSharedMemory
        }
        add("CudaSharedMemoryUnregister", to: &router) { (_: Inference_CudaSharedMemoryUnregisterRequest, _) in
            Inference_CudaSharedMemoryUnregisterResponse()
        }
    }
}

extension Inference_LogSettingsRequest.SettingValue {
    fileprivate var json: JSON {
        switch parameterChoice {
        case .boolParam(let flag): .boolean(flag)
        case .uint32Param(let number): .integer(Int64(number))
        case .stringParam(let text): .string(text)
        case nil: .null
        }
    }
}

extension Inference_LogSettingsResponse.SettingValue {
    fileprivate init(_ value: JSON) {
        self.init()
        switch value {
        case .boolean(let flag): boolParam = flag
        case .integer(let number): uint32Param = UInt32(clamping: number)
        default: stringParam = value.stringValue ?? ""
        }
    }
}
