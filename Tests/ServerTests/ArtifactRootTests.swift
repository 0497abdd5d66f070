import Glibc
import Kernel
import NIOHTTP1
import Server
import TestSupport
import Testing

@Suite("The root of artifacts", .timeLimit(.minutes(2)))
struct ArtifactRootTests {
    private let proxy = "/api/2.0/mlflow-artifacts/artifacts"

    private func artifactURI(_ run: String, _ client: TestClient) async throws -> String {
        let answer = try await client.get("runs/get?run_id=\(run)")
        return try #require(answer.json?["run"]?["info"]?["artifact_uri"]?.stringValue)
    }

    private func write(_ text: String, to path: String) throws {
        var made = ""
        for segment in path.split(separator: "/").dropLast() {
            made += "/" + segment
            mkdir(made, 0o755)
        }
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    @Test("may be a folder of the machine, which is handed out as it was given, and read for the page")
    func folder() async throws {
        try await withServer({ $0.defaultArtifactRoot = "file://\($1)/client/" }) { client, folder in
            let run = try await client.createRun()
            #expect(try await artifactURI(run, client) == "file://\(folder)/client/0/\(run)/artifacts")
            #expect(!exists(folder + "/client"))
            let listed = try await client.get("artifacts/list?run_id=\(run)")
            #expect(listed.status == 200 && listed.json?["files"] == nil)
            #expect(try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.txt").status == 404)
            try write("hello", to: "\(folder)/client/0/\(run)/artifacts/sub/a b.txt")
            let files = try await client.get("artifacts/list?run_id=\(run)&path=sub")
            #expect(files.json?["files"] == [["path": "sub/a b.txt", "is_dir": false, "file_size": 5]])
            let file = try await client.send(.GET, "/get-artifact?run_id=\(run)&path=sub/a%20b.txt")
            #expect(file.text == "hello")
            #expect(
                file.headers["Content-Disposition"] == [#"attachment; filename="a b.txt"; filename*=UTF-8''a%20b.txt"#]
            )
            #expect(!exists(folder + "/client/.martlet-uploads"))
        }
    }

    @Test("is the only folder of the machine that is read, whatever a client calls its own")
    func elsewhere() async throws {
        try await withServer({ $0.defaultArtifactRoot = "file://\($1)/client" }) { client, folder in
            try write("secret", to: folder + "/secret/passwd")
            try write("secret", to: folder + "/client2/passwd")
            try write("x", to: folder + "/client/here")
            symlink(folder + "/secret", folder + "/client/link")
            for location in ["file://\(folder)/secret", "\(folder)/secret", "file://\(folder)/client2", "file:///"] {
                let named: JSON = ["name": .string(location), "artifact_location": .string(location)]
                let experiment = try #require(try await client.post("experiments/create", named).json?["experiment_id"])
                let created = try await client.post("runs/create", ["experiment_id": experiment])
                let run = try #require(created.json?["run"]?["info"]?["run_id"]?.stringValue)
                for answer in [
                    try await client.get("artifacts/list?run_id=\(run)"),
                    try await client.send(.GET, "/get-artifact?run_id=\(run)&path=passwd"),
                ] {
                    #expect(answer.status == 400 && !answer.text.contains("secret\""), "\(location)")
                }
            }
            let linked: JSON = ["name": "linked", "artifact_location": .string("file://\(folder)/client/link")]
            #expect(try await client.post("experiments/create", linked).status == 200)
            let model = try await client.post("logged-models", ["experiment_id": "5", "name": "m"])
            let id = try #require(model.json?["model"]?["info"]?["model_id"]?.stringValue)
            let answer = try await client.get("logged-models/\(id)/artifacts/files?artifact_file_path=x")
            #expect(answer.status == 400 || answer.status == 404)
        }
    }

    @Test("may be storage that only clients reach")
    func bucket() async throws {
        try await withServer({
            $0.defaultArtifactRoot = "s3://bucket/team/"; _ = $1
        }) { client, _ in
            let run = try await client.createRun()
            #expect(try await artifactURI(run, client) == "s3://bucket/team/0/\(run)/artifacts")
            let list = try await client.get("artifacts/list?run_id=\(run)")
            #expect(list.status == 400 && list.errorCode == "INVALID_PARAMETER_VALUE")
            #expect(list.message?.contains("AWS_ACCESS_KEY_ID") == true)
        }
    }

    @Test("may be the server by its address, and its files may lie in a folder of their own")
    func proxied() async throws {
        let root = "http://server:5000/api/2.0/mlflow-artifacts/artifacts/team"
        try await withServer({
            $0.defaultArtifactRoot = root
            $0.artifactsDestination = "file://\($1)/kept"
        }) { client, folder in
            let run = try await client.createRun()
            #expect(try await artifactURI(run, client) == "\(root)/0/\(run)/artifacts")
            let sent = try await client.send(.PUT, "\(proxy)/team/0/\(run)/artifacts/a.txt", body: Array("x".utf8))
            #expect(sent.status == 200 && exists("\(folder)/kept/team/0/\(run)/artifacts/a.txt"))
            #expect(try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.txt").text == "x")
        }
    }

    @Test("is needed when the server keeps no artifacts; then it takes none")
    func closed() async throws {
        try await withServer({
            $0.servesArtifacts = false
            $0.defaultArtifactRoot = "s3://b"
            _ = $1
        }) { client, _ in
            for method in [HTTPMethod.GET, .PUT, .DELETE] {
                let answer = try await client.send(method, "\(proxy)/1/a.txt", body: method == .PUT ? [1] : nil)
                #expect(answer.status == 503 && answer.text.contains("--no-serve-artifacts"))
            }
            #expect(try await client.send(.GET, proxy).status == 503)
            let info = try await client.send(.GET, "/api/3.0/mlflow/server-info")
            #expect(info.json?["artifact_serving_enabled"] == false)
        }
        var configuration = ServerConfiguration()
        configuration.servesArtifacts = false
        await refusesToStart(configuration, "--default-artifact-root")
        configuration.servesArtifacts = true
        configuration.artifactsDestination = "gs://bucket"
        await refusesToStart(configuration, "--artifacts-destination")
        configuration.artifactsDestination = "s3://bucket"
        await refusesToStart(configuration, "AWS_ACCESS_KEY_ID")
    }

    @Test(
        "may not be a folder that holds the server's own files, wherever links lead",
        arguments: ["", "/data", "/link", "/databases"],
        [true, false]
    )
    func holdsOwnFiles(name: String, isDefault: Bool) async throws {
        try await withTemporaryFolder { folder in
            symlink(folder, folder + "/link")
            mkdir(folder + "/databases", 0o755)
            var configuration = ServerConfiguration()
            configuration.dataDirectory = folder + "/data"
            let database = folder + (name == "/databases" ? name : "") + "/martlet.sqlite"
            configuration.backendStoreURI = "sqlite:///" + database
            if isDefault {
                configuration.defaultArtifactRoot = "file://" + folder + name
            } else {
                configuration.artifactRoots = [folder + name]
            }
            let error = await #expect(throws: StartupError.self) {
                try await ServerTests.withServer(configuration) { _ in }
            }
            #expect(error?.description.contains("the server's own database or secret key lies there") == true)
        }
    }

    @Test(
        "that comes to lead to the server's own files is not read, and one within the data folder is",
        arguments: [true, false]
    )
    func leadsToOwnFiles(isDefault: Bool) async throws {
        try await withServer({ configuration, folder in
            if isDefault { configuration.defaultArtifactRoot = folder + "/later" }
            configuration.artifactRoots = (isDefault ? [] : [folder + "/later"]) + [folder + "/data/kept"]
        }) { client, folder in
            symlink(folder + "/data", folder + "/later")
            for (name, status) in [("later", 403), ("data/kept", 200)] {
                let named: JSON = ["name": .string(name), "artifact_location": .string("\(folder)/\(name)")]
                let experiment = try #require(try await client.post("experiments/create", named).json?["experiment_id"])
                let created = try await client.post("runs/create", ["experiment_id": experiment])
                let run = try #require(created.json?["run"]?["info"]?["run_id"]?.stringValue)
                let uri = try await artifactURI(run, client)
                try write("mine", to: uri + "/a.txt")
                let file = try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.txt")
                let listed = try await client.get("artifacts/list?run_id=\(run)")
                #expect(file.status == status && listed.status == status, "\(file.text) \(listed.text)")
                if status == 200 { #expect(file.text == "mine") }
                if status == 403 { #expect(listed.message?.contains("the server's own files") == true) }
            }
        }
    }

    private func refusesToStart(_ configuration: ServerConfiguration, _ option: String) async {
        let error = await #expect(throws: StartupError.self) {
            try await withTemporaryFolder { folder in
                var configuration = configuration
                configuration.dataDirectory = folder
                try await ServerTests.withServer(configuration) { _ in }
            }
        }
        #expect(error?.description.contains(option) == true)
    }

    @Test("of an experiment that names a relative folder lies where the server was started")
    func relative() async throws {
        try await withServer({ _, _ in }) { client, _ in
            _ = try await client.post("experiments/create", ["name": "local", "artifact_location": "mine"])
            let answer = try await client.get("experiments/get?experiment_id=1")
            let path = try #require(getcwd(nil, 0))
            defer { free(path) }
            #expect(answer.json?["experiment"]?["artifact_location"] == .string(String(cString: path) + "/mine"))
        }
    }
}
