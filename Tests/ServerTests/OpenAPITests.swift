import Hummingbird
import Kernel
import Logging
import NIOHTTP1
import TestSupport
import Testing

@testable import Server

@Suite("The description of the API", .timeLimit(.minutes(2)))
struct OpenAPITests {
    @Test("has every route of the server but those of the page")
    func everyRoute() async throws {
        var routes: Set<String> = []
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let engines = try await Engines(configuration, logger)
            routes = Self.routes(try await Composition(engines).router())
            await engines.close()
        }
        let page = Router(context: MartletContext.self)
        WebRoutes().add(to: page)
        var described: Set<String> = []
        try await withServer { client in
            let document = try #require(try await client.send(.GET, "/openapi.json").json)
            for path in try #require(document["paths"]?.objectValue).members {
                for operation in path.value.objectValue?.members ?? [] {
                    described.insert("\(operation.name.uppercased()) \(Self.usual(path.name))")
                }
            }
        }
        #expect(routes.count > 90 && described.count > 90)
        #expect(routes.subtracting(described).subtracting(Self.routes(page)).sorted() == [])
    }

    private static func routes(_ router: Router<MartletContext>) -> Set<String> {
        Set(router.routes.map { "\($0.method.rawValue) \(usual($0.path.description))" })
    }

    /// A path under the first of MLflow's prefixes and versions, its parameters without names.
    private static func usual(_ path: String) -> String {
        let parts = path.split(separator: "/").map { part in
            switch part {
            case "ajax-api": "api"
            case "3.0": "2.0"
            case _ where part.hasPrefix(":") || part.hasPrefix("{") || part == "**": "{}"
            default: String(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }
}
