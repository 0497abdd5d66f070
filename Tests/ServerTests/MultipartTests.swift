import Governance
import Kernel
import NIOHTTP1
import Server
import TestSupport
import Testing

@Suite("An artifact in parts", .timeLimit(.minutes(2)))
struct MultipartTests {
    private static let root = "/api/2.0/mlflow-artifacts"
    private static let right = "X-Martlet-Upload"

    private static func post(
        _ step: String,
        _ json: JSON,
        _ client: TestClient,
        root: String = root,
        headers: HTTPHeaders = [:]
    ) async throws -> Answer {
        var headers = headers
        headers.add(name: "Content-Type", value: "application/json")
        return try await client.send(.POST, "\(root)/mpu/\(step)", headers: headers, body: Array(json.text.utf8))
    }

    /// An upload as a client sees it.
    private struct Upload {
        let id: String
        let urls: [String]
        let headers: [HTTPHeaders]

        init(_ answer: Answer) throws {
            #expect(answer.status == 200 && answer.headers["Cache-Control"] == ["no-store"], "\(answer.text)")
            id = try #require(answer.json?["upload_id"]?.stringValue)
            let credentials = try #require(answer.json?["credentials"]?.arrayValue)
            #expect(credentials.map { $0["part_number"]?.integerValue } == (1...credentials.count).map { Int64($0) })
            urls = credentials.compactMap { $0["url"]?.stringValue }
            headers = credentials.map { credential in
                let members = credential["headers"]?.objectValue?.members ?? []
                return HTTPHeaders(members.map { ($0.name, $0.value.stringValue ?? "") })
            }
        }

        /// Sends a part as MLflow's client does: with what the answer gave and nothing else.
        func put(_ number: Int, _ text: String, _ client: TestClient, headers: HTTPHeaders? = nil) async throws
            -> Answer
        {
            let host = "127.0.0.1:\(client.port)"
            let path = try #require(urls[number - 1].firstRange(of: host)).upperBound
            return try await client.send(
                .PUT,
                String(urls[number - 1][path...]),
                headers: headers ?? self.headers[number - 1],
                body: Array(text.utf8)
            )
        }
    }

    /// Puts `text` in place by parts of one character.
    private static func upload(_ text: String, _ folder: String, _ name: String, _ client: TestClient) async throws
        -> Answer
    {
        let count = JSON.integer(Int64(text.count))
        let upload = try Upload(
            try await post("create/\(folder)", ["path": .string("/home/ada/" + name), "num_parts": count], client)
        )
        var parts: [JSON] = []
        for (index, character) in text.enumerated() {
            let answer = try await upload.put(index + 1, String(character), client)
            let etag = try #require(answer.headers["ETag"].first)
            #expect(answer.status == 200 && answer.body.isEmpty)
            parts.append(
                ["part_number": .integer(Int64(index + 1)), "etag": .string(etag), "url": .string(upload.urls[index])]
            )
        }
        let body: JSON = [
            "path": .string("/home/ada/" + name), "upload_id": .string(upload.id), "parts": .array(parts),
        ]
        return try await post("complete/\(folder)", body, client)
    }

    @Test("is announced, sent, completed and read, under all of MLflow's prefixes")
    func whole() async throws {
        try await withServer { client in
            let done = try await Self.upload("hello", "1/r/artifacts/mod%20el/", "100% sure.bin", client)
            #expect(done.status == 200 && done.text == "{}")
            let path = "\(Self.root)/artifacts/1/r/artifacts/mod%20el/100%25%20sure.bin"
            let answer = try await client.send(.GET, path, headers: ["Want-Repr-Digest": "sha-256=1"])
            #expect(answer.text == "hello")
            // The SHA-256 of "hello".
            #expect(answer.headers["Repr-Digest"] == ["sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"])
            for root in ["/api/3.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"] {
                let created = try await Self.post("create/1", ["path": "x", "num_parts": "2"], client, root: root)
                let upload = try Upload(created)
                let parts = "http://127.0.0.1:\(client.port)\(root)/mpu/parts/\(upload.id)"
                #expect(upload.urls == ["\(parts)/1", "\(parts)/2"])
                #expect(try await upload.put(1, "x", client).status == 200)
                let body: JSON = ["path": "x", "upload_id": .string(upload.id)]
                for _ in 0..<2 { #expect(try await Self.post("abort/1", body, client, root: root).text == "{}") }
                #expect(try await upload.put(2, "x", client).status == 404)
            }
        }
    }

    @Test("has addresses under the name by which the caller reaches the server")
    func addresses() async throws {
        func urls(_ client: TestClient, _ headers: HTTPHeaders) async throws -> [String] {
            let created = try await Self.post("create/1", ["path": "x", "num_parts": 1], client, headers: headers)
            return try Upload(created).urls
        }
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            configuration.allowedHosts = ["models.example"]
            try await withServer(configuration) { client in
                for (headers, origin) in [
                    (["Host": "models.example"], "http://models.example/"),
                    (["Host": "models.example:8443", "X-Forwarded-Proto": "https"], "https://models.example:8443/"),
                    (["Host": "localhost", "X-Forwarded-Proto": "HTTPS, http"], "https://localhost/"),
                    (["Host": "localhost", "X-Forwarded-Proto": "file"], "http://localhost/"),
                    (["Host": "[::1]:1", "X-Forwarded-Host": "evil.example"], "http://[::1]:1/"),
                ] as [(HTTPHeaders, String)] {
                    #expect(try await urls(client, headers)[0].hasPrefix(origin + "api/2.0/"), "\(origin)")
                }
                let foreign = try await Self.post("create/1", ["path": "x"], client, headers: ["Host": "evil.example"])
                #expect(foreign.status == 403)
            }
            // A process holds the data folder until its end.
            configuration.dataDirectory = folder + "/second"
            configuration.publicURL = "https://models.example/mlflow/"
            try await withServer(configuration) { client in
                let url = try await urls(client, ["Host": "localhost", "X-Forwarded-Proto": "http"])[0]
                #expect(url.hasPrefix("https://models.example/mlflow/api/2.0/mlflow-artifacts/mpu/parts/"))
            }
            let wrong = ["models.example", "ftp://x", "https://u:p@x", "https://x/?a", "http://"]
            for (number, address) in wrong.enumerated() {
                configuration.dataDirectory = folder + "/wrong\(number)"
                configuration.publicURL = address
                let error = await #expect(throws: StartupError.self) {
                    try await withServer(configuration) { _ in }
                }
                #expect(error?.description.contains("--public-url") == true, "\(address)")
            }
        }
    }

    @Test("needs a token like anything else, but for its parts, which bring a right of their own")
    func rights() async throws {
        try await withServer(users: ["ada"], host: "0.0.0.0") { client, secrets in
            let token: HTTPHeaders = ["Authorization": "Bearer \(try #require(secrets["ada"]))"]
            let body: JSON = ["path": "x", "num_parts": 1]
            #expect(try await Self.post("create/1", body, client).status == 401)
            let upload = try Upload(try await Self.post("create/1", body, client, headers: token))
            for headers in [[:], [Self.right: "x"], [Self.right: upload.id]] as [HTTPHeaders] {
                let answer = try await upload.put(1, "x", client, headers: headers)
                #expect(answer.status == 404 && answer.errorCode == "RESOURCE_DOES_NOT_EXIST", "\(answer.text)")
            }
            let secret = try #require(upload.headers[0][Self.right].first)
            #expect(!upload.urls[0].contains(secret) && secret.count == 64)
            let etag = try #require(try await upload.put(1, "x", client).headers["ETag"].first)
            let part: JSON = ["part_number": 1, "etag": .string(etag)]
            let completion: JSON = ["path": "x", "upload_id": .string(upload.id), "parts": [part]]
            #expect(try await Self.post("complete/1", completion, client).status == 401)
            #expect(try await Self.post("abort/1", completion, client).status == 401)
            #expect(try await Self.post("complete/1", completion, client, headers: upload.headers[0]).status == 401)
            #expect(try await Self.post("complete/1", completion, client, headers: token).status == 200)
            // Nothing that looks like it gets in.
            for (method, path) in [
                (.GET, "\(Self.root)/mpu/parts/\(upload.id)/1"), (.PUT, "\(Self.root)/mpu/parts/\(upload.id)"),
                (.PUT, "\(Self.root)/artifacts/1/x"), (.PUT, "\(Self.root)/mpu/parts/../../artifacts/1/x"),
                (.PUT, "\(Self.root)//mpu/parts/\(upload.id)/1"), (.PUT, "\(Self.root)/artifacts/mpu/parts/a/1"),
                (.POST, "\(Self.root)/mpu/parts/\(upload.id)/1"),
            ] as [(HTTPMethod, String)] {
                let answer = try await client.send(method, path, headers: upload.headers[0], body: [1])
                #expect(answer.status == 401, "\(method) \(path) \(answer.status)")
            }
        }
    }

    @Test("is not taken without a token where MLflow's API is another server's")
    func behind() async throws {
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder
            let administration = try await TokenAdministration(
                dataDirectory: configuration.dataDirectory,
                backendStoreURI: nil
            )
            _ = try await administration.tokens.create(user: "ada", by: administration.actor)
            await administration.close()
            configuration.host = "0.0.0.0"
            configuration.externalMLflow = "http://127.0.0.1:1"
            try await withServer(configuration) { client in
                let path = "\(Self.root)/mpu/parts/a/1"
                let answer = try await client.send(.PUT, path, headers: [Self.right: "x"], body: [1])
                #expect(answer.status == 401)
            }
        }
    }

    @Test("does not overwrite what a version is pinned to")
    func pinned() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            let folder = "0/\(run)/artifacts/model"
            #expect(try await Self.upload("flavors: {}", folder, "MLmodel", client).status == 200)
            #expect(try await Self.upload("xyz", folder, "model.bin", client).status == 200)
            _ = try await client.post("registered-models/create", ["name": "m"])
            let source = JSON.string("mlflow-artifacts:/" + folder)
            let created = try await client.post(
                "model-versions/create",
                ["name": "m", "source": source, "run_id": .string(run)]
            )
            #expect(created.status == 200, "\(created.text)")
            let refused = try await Self.upload("abc", folder, "model.bin", client)
            #expect(refused.status == 409 && refused.errorCode == "RESOURCE_CONFLICT", "\(refused.text)")
            #expect(refused.message?.contains("Model Version (name=m, version=1)") == true)
            #expect(try await client.send(.GET, "\(Self.root)/artifacts/\(folder)/model.bin").text == "xyz")
            #expect(try await Self.upload("xyz", folder, "model.bin", client).status == 200)
        }
    }

    @Test(
        "never lies outside of the store",
        arguments: [
            ("../x", "f"), ("%2e%2e/x", "f"), ("%252e%252e", "f"), ("a/../../x", "f"), ("%2Fetc", "f"), ("a%5C..", "f"),
            (".martlet-uploads", "f"), ("a%00b", "f"), ("a", ".."), ("a", "/tmp/.."), ("a", "%2e%2e"), ("a", "/tmp/"),
            ("a", "x%2f..%2f..%2f.."), ("", "f"),
        ]
    )
    func traversal(folder: String, name: String) async throws {
        try await withServer { client in
            for step in ["create", "complete", "abort"] {
                let body: JSON = ["path": .string(name), "num_parts": 1, "upload_id": "x", "parts": []]
                let answer = try await Self.post("\(step)/\(folder)", body, client)
                #expect(answer.status == 400 || folder.isEmpty && answer.status == 404, "\(step) \(answer.text)")
            }
        }
    }

    @Test("is refused when the request lacks something, and sent whole where it can't be sent in parts")
    func refusals() async throws {
        try await withServer { client in
            for (step, body) in [
                ("create", [:]), ("create", ["path": ""]), ("create", ["path": "x", "num_parts": "y"]),
                ("complete", ["path": "x", "upload_id": "a"]), ("complete", ["path": "x", "parts": []]),
                ("complete", ["path": "x", "upload_id": "a", "parts": [["etag": "x"]]]), ("abort", ["path": "x"]),
            ] as [(String, JSON)] {
                let answer = try await Self.post("\(step)/1", body, client)
                #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE", "\(step) \(answer.text)")
            }
            let unknown: JSON = ["path": "x", "upload_id": "0123", "parts": []]
            #expect(try await Self.post("complete/1", unknown, client).status == 404)
            for body in [
                ["path": "x"], ["path": "x", "num_parts": 0], ["path": "x", "num_parts": 10_001],
                ["path": "a\\b", "num_parts": 1],
            ] as [JSON] {
                let answer = try await Self.post("create/1", body, client)
                #expect(answer.status == 501 && answer.errorCode == "NOT_IMPLEMENTED", "\(answer.text)")
                let words = "Multipart upload is not supported for the current artifact repository"
                #expect(answer.message?.hasPrefix(words) == true)
            }
            // A client on Windows.
            let announced: JSON = ["path": "C:\\a b\\c.bin", "num_parts": 1]
            let upload = try Upload(try await Self.post("create/1", announced, client))
            let etag = try #require(try await upload.put(1, "x", client).headers["ETag"].first)
            let part: JSON = ["part_number": 1, "etag": .string(etag)]
            let completion: JSON = ["path": "C:\\a b\\c.bin", "upload_id": .string(upload.id), "parts": [part]]
            #expect(try await Self.post("complete/1", completion, client).status == 200)
            #expect(try await client.send(.GET, "\(Self.root)/artifacts/1/c.bin").text == "x")
        }
    }

    @Test("is not there where artifacts are not served")
    func closed() async throws {
        try await withTemporaryFolder { folder in
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            configuration.servesArtifacts = false
            configuration.defaultArtifactRoot = folder + "/root"
            try await withServer(configuration) { client in
                for step in ["create/1", "complete/1", "abort/1"] {
                    let answer = try await Self.post(step, ["path": "x"], client)
                    #expect(answer.status == 503)
                }
                let part = try await client.send(.PUT, "\(Self.root)/mpu/parts/a/1", body: [1])
                #expect(part.status == 503)
            }
        }
    }
}
