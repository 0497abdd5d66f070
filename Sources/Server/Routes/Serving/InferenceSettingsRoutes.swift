import Hummingbird
import Kernel
import Serving

/// Triton's settings of traces and of its log, and its shared memory: there to be asked for, and always as Triton has
/// them before anybody has changed them.
struct InferenceSettingsRoutes {
    let serving: ServingService

    /// Adds the routes below `/v2`.
    func add(to group: RouterGroup<MartletContext>) {
        group.get("trace/setting") { _, _ in Self.answer(InferenceSettings.trace) }
        group.post("trace/setting") { request, _ in try await Self.change(request, InferenceSettings.trace) }
        group.get("models/:model/trace/setting") { _, context in
            _ = try serving.inferenceModel(InferenceProtocolRoutes.model(context), version: nil)
            return Self.answer(InferenceSettings.trace)
        }
        group.post("models/:model/trace/setting") { request, context in
            _ = try serving.inferenceModel(InferenceProtocolRoutes.model(context), version: nil)
            return try await Self.change(request, InferenceSettings.trace)
        }
        group.get("logging") { _, _ in Self.answer(InferenceSettings.log) }
        group.post("logging") { request, _ in try await Self.change(request, InferenceSettings.log) }
        for memory in InferenceSettings.memories {
            let path = RouterPath("\(memory)sharedmemory")
            let region = group.group(path)
            region.get("status") { _, _ -> Response in .json { $0.array { _ in } } }
            region.get("region/:region/status") { _, context -> Response in
                throw InferenceSettings.unknownRegion(try Self.region(context), memory)
            }
            region.post("region/:region/register") { _, _ -> Response in throw InferenceSettings.noSharedMemory }
            region.post("region/:region/unregister") { _, _ in Response(status: .ok) }
            region.post("unregister") { _, _ in Response(status: .ok) }
        }
    }

    private static func region(_ context: MartletContext) throws -> String {
        let name = try context.parameters.require("region")
        return PercentEncoding.decode(name) ?? name
    }

    private static func answer(_ settings: JSONObject) -> Response {
        .json { $0.value(JSON.object(settings)) }
    }

    private static func change(_ request: Request, _ settings: JSONObject) async throws -> Response {
        let wanted = try await request.jsonObjectIfAny()
        try InferenceSettings.check(wanted, settings)
        return answer(settings)
    }
}

/// The settings, over REST and gRPC alike.
enum InferenceSettings {
    static let trace = JSONObject([
        ("trace_level", ["OFF"]), ("trace_rate", "1000"), ("trace_count", "-1"), ("log_frequency", "0"),
        ("trace_file", ""), ("trace_mode", "triton"),
    ])
    static let log = JSONObject([
        ("log_file", ""), ("log_info", true), ("log_warning", true), ("log_error", true), ("log_verbose_level", 0),
        ("log_format", "default"),
    ])
    /// The kinds of memory that Triton shares with its callers.
    static let memories = ["system", "cuda"]

    /// Takes a change of settings that changes nothing: null, which stands for the default, and the default itself.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a setting that there is not; `NOT_IMPLEMENTED` for another value.
    static func check(_ wanted: JSONObject, _ settings: JSONObject) throws {
        for member in wanted.members {
            let (name, value) = (member.name, member.value)
            guard let known = settings[name] else {
                throw MartletError(.invalidParameterValue, "There is no setting '\(name.prefix(100))'.")
            }
            guard value == .null || value == known || value == .array([known]) else {
                throw MartletError(.notImplemented, "The setting '\(name)' cannot be changed while the server runs.")
            }
        }
    }

    /// What a caller is told who asks for a region, of which there are none.
    static func unknownRegion(_ name: String, _ memory: String) -> MartletError {
        MartletError(
            .resourceDoesNotExist,
            "Unable to find \(memory) shared memory region: '\(name.prefix(256))'"
        )
    }

    /// What a caller is told who wants to share memory.
    static var noSharedMemory: MartletError {
        MartletError(.notImplemented, "Shared memory is not offered: send tensors in the request.")
    }
}
