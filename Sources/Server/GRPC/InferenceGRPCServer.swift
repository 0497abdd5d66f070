import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The port on which the Open Inference Protocol is spoken over gRPC.
struct InferenceGRPCServer: Service {
    /// Bounds on what one connection may take of the server.
    struct Limits: Sendable {
        /// The most calls at once.
        var streamsMax = 1_000
        /// How long a connection may be without a call.
        var idleMax = Duration.seconds(600)
        /// After how long a silence the other end is asked whether it is there.
        var pingAfter = Duration.seconds(60)
        /// How long it may take to say so.
        var pingAnswerMax = Duration.seconds(15)
    }

    private let transport: HTTP2ServerTransport.Posix
    private let server: GRPCServer<HTTP2ServerTransport.Posix>
    private let address: (host: String, port: Int)
    /// Opened once calls are taken.
    let gate = Gate()

    /// A server of `service` on `port` of `host`, 0 for any free port.
    ///
    /// - Throws: ``StartupError`` when there is no such host.
    init(_ service: InferenceGRPCService, host: String, port: Int, limits: Limits = Limits()) throws {
        address = (host, port)
        transport = HTTP2ServerTransport.Posix(
            address: try Self.address(host, port),
            transportSecurity: .plaintext,
            config: Self.configuration(limits)
        )
        server = GRPCServer(transport: transport, services: [service])
    }

    func run() async throws {
        do {
            try await withGracefulShutdownHandler {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await server.serve() }
                    group.addTask { await announce() }
                    try await group.waitForAll()
                }
            } onGracefulShutdown: {
                server.beginGracefulShutdown()
            }
        } catch let error as RuntimeError where error.cause is IOError {
            throw StartupError(
                "Port \(address.port) on \(address.host) can't be used for gRPC: \(error.cause.map { "\($0)" } ?? ""). "
                    + "Choose another: --grpc-port"
            )
        }
    }

    private func announce() async {
        do {
            gate.open(port: try await transport.listeningAddress.portNumber)
        } catch {
            // Why it does not listen is what serving ends with.
        }
    }

    private static func configuration(_ limits: Limits) -> HTTP2ServerTransport.Posix.Config {
        .defaults { config in
            config.rpc.maxRequestPayloadSize = BodyLimit.jsonBytesMax
            config.compression.enabledAlgorithms = .all
            config.http2.targetWindowSize = 1 << 20
            config.http2.maxConcurrentStreams = limits.streamsMax
            // Waiting for more to send would be added to every answer.
            config.connection.flushCoalescing = nil
            config.connection.maxIdleTime = limits.idleMax
            config.connection.maxGraceTime = .seconds(10)
            // An other end that is no longer there answers no ping; nothing comes from it then.
            config.connection.keepalive.time = limits.pingAfter
            config.connection.keepalive.timeout = limits.pingAnswerMax
            config.channelDebuggingCallbacks.onAcceptTCPConnection = { channel in
                SilentConnections.close(channel, after: limits.pingAfter + limits.pingAnswerMax)
            }
            config.connection.keepalive.clientBehavior.allowWithoutCalls = true
            config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = .seconds(10)
        }
    }

    private static func address(_ host: String, _ port: Int) throws -> GRPCNIOTransportCore.SocketAddress {
        do {
            let resolved = try NIOCore.SocketAddress.makeAddressResolvingHost(host, port: port)
            guard let numeric = resolved.ipAddress else { throw StartupError("There is no host '\(host)'.") }
            return resolved.protocol == .inet6 ? .ipv6(host: numeric, port: port) : .ipv4(host: numeric, port: port)
        } catch let error as SocketAddressError {
            throw StartupError("There is no host '\(host)': \(error)")
        }
    }
}

extension GRPCNIOTransportCore.SocketAddress {
    fileprivate var portNumber: Int { ipv4?.port ?? ipv6?.port ?? 0 }
}
