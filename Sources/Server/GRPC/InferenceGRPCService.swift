import GRPCCore
import Kernel
import Ledger
import OpenInferenceMessages
import ServiceLifecycle
import Serving
import SwiftProtobuf

/// The Open Inference Protocol over gRPC, with Triton's additions: `inference.GRPCInferenceService`. A model there is an
/// endpoint here.
struct InferenceGRPCService: RegistrableRPCService {
    private static let name = "inference.GRPCInferenceService"
    /// Under which an answer tells what ``Prediction/idsText`` says.
    private static let requestIDKey = "x-request-id"

    /// Who asks, and what came with the call beside its message.
    struct Caller {
        let actor: Actor
        let metadata: Metadata
    }

    let serving: ServingService
    let authenticator: Authenticator
    let metrics: RequestMetrics
    let contexts: RequestContexts
    /// Whether models can be taken out of memory and brought back.
    let managesModels: Bool
    /// How long a call's one message may take to come.
    var messageWaitMax = Duration.seconds(75)

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        addServer(to: &router)
        addModels(to: &router)
        addRepository(to: &router)
        addSettings(to: &router)
        addResponse("ModelInfer", to: &router) { request, caller in
            let (answer, requestIDs) = try await infer(request, for: caller)
            return ServerResponse(
                message: answer,
                metadata: requestIDs.map { [Self.requestIDKey: .string($0)] } ?? [:]
            )
        }
        addStream(to: &router)
    }

    /// Adds a method that answers one message with one.
    func add<Input: Message, Output: Message, Transport: ServerTransport>(
        _ method: String,
        to router: inout RPCRouter<Transport>,
        _ answer: @escaping @Sendable (Input, Caller) async throws -> Output
    ) {
        addResponse(method, to: &router) { (request: Input, caller) in
            ServerResponse(message: try await answer(request, caller))
        }
    }

    /// Adds a method that answers one message with one, and metadata before it.
    private func addResponse<Input: Message, Output: Message, Transport: ServerTransport>(
        _ method: String,
        to router: inout RPCRouter<Transport>,
        _ respond: @escaping @Sendable (Input, Caller) async throws -> ServerResponse<Output>
    ) {
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: Self.name, method: method),
            deserializer: ProtobufReader<Input>(),
            serializer: ProtobufWriter<Output>()
        ) { request, _ in
            try await counted {
                let caller = try await caller(request.metadata)
                let message = try await message(of: request)
                return StreamingServerResponse(single: try await respond(message, caller))
            }
        }
    }

    /// Inference over a stream: an answer for each message, in their order; one that fails does not end the stream.
    private func addStream<Transport: ServerTransport>(to router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: Self.name, method: "ModelStreamInfer"),
            deserializer: ProtobufReader<Inference_ModelInferRequest>(),
            serializer: ProtobufWriter<Inference_ModelStreamInferResponse>()
        ) { request, _ in
            try await counted {
                let caller = try await caller(request.metadata)
                return StreamingServerResponse(of: Inference_ModelStreamInferResponse.self) { writer in
                    // A stream that its caller leaves open must not hold up the end of the server.
                    for try await message in request.messages.cancelOnGracefulShutdown() {
                        try await writer.write(await streamed(message, for: caller))
                    }
                    return [:]
                }
            }
        }
    }

    private func streamed(_ message: Inference_ModelInferRequest, for caller: Caller) async
        -> Inference_ModelStreamInferResponse
    {
        var answer = Inference_ModelStreamInferResponse()
        do {
            let (response, requestIDs) = try await infer(message, for: caller)
            answer.inferResponse = response
            // A stream's metadata go before its first answer, so that each carries its own names.
            if let requestIDs {
                answer.inferResponse.parameters[Self.requestIDKey] = .with { $0.stringParam = requestIDs }
            }
        } catch {
            answer.errorMessage = RPCFailure(error, contexts.next()).error.message
            answer.inferResponse.id = message.id
            answer.inferResponse.modelName = message.modelName
        }
        // Who asks for it is told which answer is a request's last: here each is.
        if case .boolParam(true) = message.parameters["triton_enable_empty_final_response"]?.parameterChoice {
            answer.inferResponse.parameters["triton_final_response"] = .with { $0.boolParam = true }
        }
        return answer
    }

    private func caller(_ metadata: Metadata) async throws -> Caller {
        let actor = try await authenticator.actor(metadata[stringValues: "authorization"].first { _ in true })
        return Caller(actor: actor, metadata: metadata)
    }

    /// The one message of a call, which must come in time.
    private func message<Input: Sendable>(of request: StreamingServerRequest<Input>) async throws -> Input {
        try await withThrowingTaskGroup(of: Input.self) { group in
            group.addTask { try await Self.onlyMessage(of: request) }
            group.addTask {
                try await Task.sleep(for: messageWaitMax)
                throw RPCError(code: .deadlineExceeded, message: "The message did not come in time.")
            }
            defer { group.cancelAll() }
            guard let message = try await group.next() else { throw CancellationError() }
            return message
        }
    }

    private static func onlyMessage<Input: Sendable>(of request: StreamingServerRequest<Input>) async throws -> Input {
        var only: Input?
        for try await message in request.messages {
            guard case nil = only else {
                throw RPCError(code: .invalidArgument, message: "The call takes one message, not several.")
            }
            only = message
        }
        guard let only else { throw RPCError(code: .invalidArgument, message: "The call takes a message.") }
        return only
    }

    /// What `body` answers, counted among all requests.
    private func counted<Value>(_ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        do {
            let value = try await body()
            metrics.count(status: 200, since: start)
            return value
        } catch {
            let failure = RPCFailure(error, contexts.next())
            metrics.count(status: failure.status, since: start)
            throw failure.error
        }
    }
}
