import Kernel
import NIOHTTP1
import Testing

@Suite("Who sends a request", .timeLimit(.minutes(2)))
struct AuthenticationTests {
    private static func basic(_ user: String, _ secret: String) -> String {
        "Basic " + Base64.encode(Array("\(user):\(secret)".utf8))
    }

    /// The actor of the newest change, once it is sealed.
    private static func actor(_ client: TestClient, of name: String, _ headers: HTTPHeaders) async throws -> String? {
        while true {
            let answer = try await client.send(.GET, "/api/v1/activities?limit=1000", headers: headers)
            let activities = try #require(answer.json?["activities"]?.arrayValue)
            let created = activities.first { activity in
                activity["action"] == "registered_model.created" && activity["subject_id"]?.stringValue == name
            }
            if let created { return created["actor"]?.stringValue }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static func create(_ name: String, _ client: TestClient, _ headers: HTTPHeaders) async throws -> Answer {
        var headers = headers
        headers.add(name: "Content-Type", value: "application/json")
        return try await client.send(
            .POST,
            "/api/2.0/mlflow/registered-models/create",
            headers: headers,
            body: Array(#"{"name":"\#(name)"}"#.utf8)
        )
    }

    @Test("is told by his token, as bearer or as password, and is 'local' without one")
    func actors() async throws {
        try await withServer(users: ["ada"]) { client, secrets in
            let secret = try #require(secrets["ada"])
            let ways: [(String, HTTPHeaders, String)] = [
                ("bearer", ["Authorization": "Bearer \(secret)"], "ada"),
                ("lower", ["authorization": "bearer  \(secret)"], "ada"),
                ("basic", ["Authorization": Self.basic("ada", secret)], "ada"),
                ("none", [:], "local"),
            ]
            for (name, headers, actor) in ways {
                #expect(try await Self.create(name, client, headers).status == 200, "\(name)")
                #expect(try await Self.actor(client, of: name, headers) == actor, "\(name)")
            }
        }
    }

    @Test("must be true where it is told, whatever is asked for")
    func wrong() async throws {
        try await withServer(users: ["ada", "bob"]) { client, secrets in
            let secret = try #require(secrets["ada"])
            let wrong = [
                "Bearer martlet_0", "Bearer", "Bearer ", "", "Digest \(secret)", secret, "Bearer \(secret)0",
                Self.basic("ada", ""), Self.basic("bob", secret), Self.basic("", secret), "Basic !",
                "Basic " + Base64.encode(Array(secret.utf8)),
            ]
            let paths: [(HTTPMethod, String)] = [
                (.GET, "/api/2.0/mlflow/registered-models/search"), (.GET, "/health"), (.GET, "/"), (.POST, "/predict"),
                (.POST, "/invocations"), (.POST, "/endpoints/m/invocations"), (.POST, "/v2/models/m/infer"),
                (.GET, "/nothing"),
            ]
            for header in wrong {
                for (method, path) in paths {
                    let answer = try await client.send(
                        method,
                        path,
                        headers: ["Authorization": header, "Content-Type": "application/json"],
                        body: method == .POST ? Array("{}".utf8) : nil
                    )
                    #expect(answer.status == 401, "\(header) \(path)")
                    #expect(answer.headers.first(name: "WWW-Authenticate") == #"Basic realm="Martlet""#)
                    if !path.hasPrefix("/v2") { #expect(answer.errorCode == "UNAUTHENTICATED") }
                    #expect(!answer.text.contains(secret))
                }
            }
            let good = try await client.send(
                .POST,
                "/predict",
                headers: ["Authorization": "Bearer \(secret)"],
                body: []
            )
            #expect(good.status == 400)
        }
    }

    @Test("must be told on an address that others reach, but for the probes")
    func open() async throws {
        try await withServer(users: ["ada"], host: "0.0.0.0") { client, secrets in
            let secret = try #require(secrets["ada"])
            for path in ["/health", "/livez", "/version"] {
                #expect(try await client.send(.GET, path).status == 200, "\(path)")
            }
            for path in ["/", "/metrics", "/api/v1/activities", "/openapi.json"] {
                let headers: HTTPHeaders = ["Authorization": "Bearer \(secret)"]
                #expect(try await client.send(.GET, path).status == 401, "\(path)")
                #expect(try await client.send(.GET, path, headers: headers).status != 401, "\(path)")
            }
            #expect(try await client.send(.POST, "/predict", body: Array("{}".utf8)).status == 401)
        }
    }

    @Test("is nobody in particular there when anybody is let in")
    func anonymous() async throws {
        try await withServer(users: [], host: "0.0.0.0", allowsAnonymous: true) { client, _ in
            let made = try await Self.create("m", client, [:])
            #expect(made.status == 200)
            let actor = try await Self.actor(client, of: "m", [:])
            #expect(actor == "anonymous")
        }
    }
}
