import Hummingbird
import Kernel
import NIOCore
import Serving

/// Predictions by Martlet's own bodies.
struct PredictRoutes {
    let serving: ServingService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.post("predict", use: predict)
        router.post("predict/batch", use: predictBatch)
        router.post("api/v1/mlflow/serve/:model", use: serve)
    }

    @Sendable private func predict(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await answer(request, model: nil)
    }

    @Sendable private func serve(_ request: Request, _ context: MartletContext) async throws -> Response {
        let model = try context.parameters.require("model")
        return try await answer(request, model: PercentEncoding.decode(model) ?? model)
    }

    private func answer(_ request: Request, model: String?) async throws -> Response {
        let body = try await request.bytes()
        let call = try body.withUnsafeReadableBytes { try serving.predictCall($0, model: model) }
        let prediction = try await serving.run(call)
        return .json { prediction.writeAnswer(to: &$0) }
    }

    @Sendable private func predictBatch(_ request: Request, _ context: MartletContext) async throws -> Response {
        let body = try await request.bytes()
        let call = try body.withUnsafeReadableBytes { try serving.predictCall($0, many: true) }
        let prediction = try await serving.run(call)
        return .json { prediction.writeBatchAnswer(to: &$0) }
    }
}
