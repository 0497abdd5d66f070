import Governance
import Logging
import Server
import ServiceLifecycleTestKit
import TestSupport

/// Runs `test` against a whole server on a free port with a fresh data folder; stops it as a signal would.
func withServer(_ test: (TestClient) async throws -> Void) async throws {
    try await withServer({ _, _ in }, { client, _ in try await test(client) })
}

/// The same with a server whose configuration `configure` completes; both get the folder in which its own lies.
func withServer(
    _ configure: (inout ServerConfiguration, _ folder: String) -> Void,
    _ test: (TestClient, _ folder: String) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        var configuration = ServerConfiguration()
        configuration.dataDirectory = folder + "/data"
        configure(&configuration, folder)
        try await withServer(configuration) { client in try await test(client, folder) }
    }
}

/// The same with a server that does what `configuration` says, the port apart.
func withServer(_ configuration: ServerConfiguration, _ test: (TestClient) async throws -> Void) async throws {
    do {
        var configuration = configuration
        configuration.port = 0
        let server = MartletServer(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let (ports, started) = AsyncStream.makeStream(of: Int.self)
        try await testGracefulShutdown { trigger in
            let running = Task {
                defer { started.finish() }
                try await server.run { _, port, _ in started.yield(port) }
            }
            var result = Result<Void, any Error>.success(())
            for await port in ports.prefix(1) {
                do {
                    try await test(TestClient(port: port))
                } catch {
                    result = .failure(error)
                }
            }
            trigger.triggerGracefulShutdown()
            try await running.value
            try result.get()
        }
    }
}

/// The same with a token for each of `users`, whose secrets `test` gets.
func withServer(
    users: [String],
    host: String = "127.0.0.1",
    allowsAnonymous: Bool = false,
    _ test: (TestClient, [String: String]) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        var configuration = ServerConfiguration()
        configuration.host = host
        configuration.allowsAnonymous = allowsAnonymous
        configuration.dataDirectory = folder
        let administration = try await TokenAdministration(
            dataDirectory: configuration.dataDirectory,
            backendStoreURI: nil
        )
        var secrets: [String: String] = [:]
        for user in users {
            secrets[user] = try await administration.tokens.create(user: user, by: administration.actor).secret
        }
        await administration.close()
        try await withServer(configuration) { try await test($0, secrets) }
    }
}
