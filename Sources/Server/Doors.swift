import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Where one process takes connections: HTTP, and gRPC where there is a port for it.
package struct Doors {
    /// Called with the address, and the port for gRPC if there is one, once connections are taken.
    package typealias OnReady = @Sendable (_ host: String, _ port: Int, _ grpcPort: Int?) -> Void

    /// What is listened on.
    struct Address {
        let host: String
        let port: Int
        let grpcPort: Int?
    }

    /// The doors, in the order in which they open: whoever finds HTTP open finds gRPC open too.
    let services: [any Service]

    /// Doors at `address` that lead to `connections` and `grpc`.
    ///
    /// - Throws: ``StartupError`` when there is no such host.
    init<Responder: HTTPResponder>(
        _ connections: HTTPConnections<Responder>,
        _ grpc: InferenceGRPCService,
        at address: Address,
        _ logger: Logger,
        onReady: @escaping OnReady
    ) throws where Responder.Context == MartletContext {
        func door(grpcPort: @escaping @Sendable () -> Int?) -> any Service {
            connections.server(
                configuration: .init(address: .hostname(address.host, port: address.port)),
                onServerRunning: { channel in
                    onReady(address.host, channel.localAddress?.port ?? address.port, grpcPort())
                },
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
                logger: logger
            )
        }
        guard let grpcPort = address.grpcPort else {
            services = [door { nil }]
            return
        }
        let first = try InferenceGRPCServer(grpc, host: address.host, port: grpcPort)
        let gate = first.gate
        services = [first, GatedService(gate: gate, service: door { gate.port })]
    }
}
