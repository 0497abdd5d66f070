import Kernel
import NIOHTTP1
import Testing

@Suite("An artifact", .timeLimit(.minutes(2)))
struct ArtifactTests {
    private let base = "/api/2.0/mlflow-artifacts/artifacts"

    private func put(_ path: String, _ text: String, _ client: TestClient) async throws {
        let answer = try await client.send(.PUT, "\(base)/\(path)", body: Array(text.utf8))
        #expect(answer.status == 200 && answer.body.isEmpty, "\(path) \(answer.text)")
    }

    @Test("comes back as it was sent, under names of all kinds")
    func roundTrip() async throws {
        try await withServer { client in
            let big = String(repeating: "0123456789", count: 100_000)
            for (path, text) in [
                ("1/r/artifacts/a.txt", "hello"), ("1/with%20space/%C3%A9.bin", "x"), ("1/empty", ""), ("1/big", big),
            ] {
                try await put(path, text, client)
                let answer = try await client.send(.GET, "\(base)/\(path)")
                #expect(answer.status == 200 && answer.text == text, "\(path)")
                #expect(answer.headers["Content-Length"] == [String(text.utf8.count)], "\(path)")
                #expect(
                    answer.headers["Accept-Ranges"] == ["bytes"]
                        && answer.headers["X-Content-Type-Options"] == ["nosniff"]
                )
                #expect(answer.headers["Content-Disposition"].first?.hasPrefix("attachment; filename") == true)
            }
            try await put("1/r/artifacts/a.txt", "changed", client)
            #expect(try await client.send(.GET, "\(base)/1/r/artifacts/a.txt").text == "changed")
        }
    }

    @Test("of a run is saved by a browser, or shown without rights when that is asked for")
    func inline() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            try await put("0/\(run)/artifacts/a.html", "<h1>x</h1>", client)
            for (query, disposition) in [
                ("", "attachment"), ("&inline=false", "attachment"), ("&inline=true", "inline"),
            ] {
                let answer = try await client.send(.GET, "/get-artifact?run_id=\(run)&path=a.html\(query)")
                #expect(answer.status == 200 && answer.text == "<h1>x</h1>", "\(query)")
                #expect(answer.headers["Content-Disposition"].first?.hasPrefix(disposition) == true, "\(query)")
                #expect(
                    answer.headers["Content-Security-Policy"].first?.hasPrefix("sandbox; default-src 'none'") == true
                )
            }
        }
    }

    @Test("has the type that its name says, text where a browser should show it")
    func types() async throws {
        try await withServer { client in
            for (name, type) in [
                ("a.txt", "text/plain"), ("MLmodel", "text/plain"), ("a.JSON", "text/plain"), ("a.yaml", "text/plain"),
                ("a.js", "text/plain"),
                ("a.html", "text/html"), ("a.png", "image/png"), ("a.unknown", "application/octet-stream"),
                ("a", "application/octet-stream"),
            ] {
                try await put("t/\(name)", "x", client)
                #expect(try await client.send(.GET, "\(base)/t/\(name)").headers["Content-Type"] == [type], "\(name)")
            }
        }
    }

    @Test("is read in part as RFC 9110 has it")
    func ranges() async throws {
        try await withServer { client in
            try await put("r/ten", "0123456789", client)
            for (range, status, text, contentRange) in [
                ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=5-", 206, "56789", "bytes 5-9/10"),
                ("bytes=-2", 206, "89", "bytes 8-9/10"),
                ("bytes=8-99", 206, "89", "bytes 8-9/10"), ("bytes=-99", 206, "0123456789", "bytes 0-9/10"),
                ("bytes=9-9", 206, "9", "bytes 9-9/10"),
                ("bytes=10-", 416, "", "bytes */10"), ("bytes=-0", 416, "", "bytes */10"),
                ("bytes=9-9223372036854775807", 206, "9", "bytes 9-9/10"),
                ("bytes=3-1", 200, "0123456789", nil), ("bytes=x", 200, "0123456789", nil),
                ("lines=1-2", 200, "0123456789", nil),
                ("bytes=0-1,3-4", 200, "0123456789", nil), ("bytes=--5", 200, "0123456789", nil),
                ("bytes=", 200, "0123456789", nil),
            ] as [(String, Int, String, String?)] {
                let answer = try await client.send(.GET, "\(base)/r/ten", headers: ["Range": range])
                #expect(answer.status == status && answer.text == text, "\(range)")
                #expect(answer.headers["Content-Range"].first == contentRange, "\(range)")
            }
            let etag = try #require(try await client.send(.GET, "\(base)/r/ten").headers["ETag"].first)
            #expect(try await client.send(.GET, "\(base)/r/ten", headers: ["If-None-Match": etag]).status == 304)
            // Who has the beginning of another file must not join the two.
            for (tag, isSame) in [(etag, true), ("\"other\"", false), ("Wed, 21 Oct 2015 07:28:00 GMT", false)] {
                let ranges = try await client.send(
                    .GET,
                    "\(base)/r/ten",
                    headers: ["Range": "bytes=5-", "If-Range": tag]
                )
                #expect(ranges.text == (isSame ? "56789" : "0123456789") && ranges.status == (isSame ? 206 : 200))
            }
        }
    }

    @Test("is listed by its base name; folders and empty files have no size")
    func list() async throws {
        try await withServer { client in
            try await put("1/r/b.txt", "bb", client)
            try await put("1/r/a/deep/file", "x", client)
            try await put("1/r/empty", "", client)
            let list = try await client.send(.GET, "\(base)?path=1/r")
            #expect(
                list.text == #"{"files":[{"path":"a","is_dir":true},{"path":"b.txt","is_dir":false,"file_size":2},"#
                    + #"{"path":"empty","is_dir":false}]}"#
            )
            #expect(
                try await client.send(.GET, "\(base)?path=1%2Fr%2Fa/").text
                    == #"{"files":[{"path":"deep","is_dir":true}]}"#
            )
            #expect(try await client.send(.GET, base).text == #"{"files":[{"path":"1","is_dir":true}]}"#)
            for path in ["1/r/b.txt", "1/nope", "nope"] {
                let answer = try await client.send(.GET, "\(base)?path=\(path)")
                #expect(answer.status == 200 && answer.text == "{}", "\(path)")
            }
        }
    }

    @Test("that is not there is not found, and a folder is no artifact")
    func missing() async throws {
        try await withServer { client in
            let missing = try await client.send(.GET, "\(base)/1/nope")
            #expect(missing.status == 404 && missing.errorCode == "RESOURCE_DOES_NOT_EXIST")
            #expect(missing.message == "No such artifact: '1/nope'")
            try await put("1/folder/file", "x", client)
            let folder = try await client.send(.GET, "\(base)/1/folder")
            #expect(folder.status == 400)
            #expect(
                folder.text.contains("Artifact path refers to a directory, not a file: '1/folder'"),
                "\(folder.text)"
            )
            #expect(try await client.send(.PUT, "\(base)/1/folder/", body: [1]).status == 400)
            #expect(try await client.send(.PUT, "\(base)/1/folder", body: [1]).status == 400)
            #expect(try await client.send(.PUT, "\(base)/1/folder/file/below", body: [1]).status == 400)
        }
    }

    @Test("or a folder of them is deleted, also when it is not there")
    func delete() async throws {
        try await withServer { client in
            try await put("1/a/b/c", "x", client)
            try await put("1/d", "x", client)
            for path in ["1/a", "1/a", "1/nope/nope"] {
                let answer = try await client.send(.DELETE, "\(base)/\(path)")
                #expect(answer.status == 200 && answer.text == "{}", "\(path)")
            }
            #expect(
                try await client.send(.GET, "\(base)?path=1").text
                    == #"{"files":[{"path":"d","is_dir":false,"file_size":1}]}"#
            )
        }
    }

    @Test("that a version is pinned to is neither deleted nor given other content, until the version is gone")
    func pinned() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            let folder = "0/\(run)/artifacts/model"
            try await put("\(folder)/MLmodel", "flavors: {}", client)
            try await put("\(folder)/data/model.bin", "x", client)
            _ = try await client.post("registered-models/create", ["name": "m"])
            let source = JSON.string("mlflow-artifacts:/" + folder)
            let created = try await client.post(
                "model-versions/create",
                ["name": "m", "source": source, "run_id": .string(run)]
            )
            #expect(created.status == 200, "\(created.text)")
            for path in [folder, "\(folder)/data", "\(folder)/MLmodel", "0", "0/\(run)"] {
                let answer = try await client.send(.DELETE, "\(base)/\(path)")
                #expect(answer.status == 409 && answer.errorCode == "RESOURCE_CONFLICT", "\(path) \(answer.text)")
                #expect(answer.message?.contains("Model Version (name=m, version=1)") == true, "\(answer.text)")
            }
            let other = try await client.send(.PUT, "\(base)/\(folder)/data/model.bin", body: Array("y".utf8))
            #expect(other.status == 409 && other.errorCode == "RESOURCE_CONFLICT", "\(other.text)")
            #expect(try await client.send(.GET, "\(base)/\(folder)/data/model.bin").text == "x")
            try await put("\(folder)/data/model.bin", "x", client)
            try await put("\(folder)/data/new.bin", "z", client)
            #expect(try await client.send(.DELETE, "\(base)/\(folder)/data/new.bin").status == 200)
            let deletion: JSON = ["name": "m", "version": "1"]
            _ = try await client.send(
                .DELETE,
                "/api/2.0/mlflow/model-versions/delete",
                headers: ["Content-Type": "application/json"],
                body: Array(deletion.text.utf8)
            )
            try await put("\(folder)/data/model.bin", "y", client)
            #expect(try await client.send(.DELETE, "\(base)/\(folder)").status == 200)
        }
    }

    @Test("is told by its digest, refused when it is not what was sent, and checked on request")
    func digests() async throws {
        try await withServer { client in
            // The SHA-256 of "hello".
            let hello = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"
            for name in ["Repr-Digest", "Content-Digest"] {
                let wrong = try await client.send(
                    .PUT,
                    "\(base)/a/x",
                    headers: [name: hello],
                    body: Array("hallo".utf8)
                )
                #expect(wrong.status == 400 && wrong.errorCode == "INVALID_PARAMETER_VALUE", "\(wrong.text)")
                let bad = try await client.send(.PUT, "\(base)/a/x", headers: [name: "sha-256=:eA==:"], body: [1])
                #expect(bad.status == 400, "\(bad.text)")
                #expect(try await client.send(.GET, "\(base)/a/x").status == 404)
            }
            let fields = ["Repr-Digest": "md5=:eA==:, \(hello)"] as HTTPHeaders
            #expect(
                try await client.send(.PUT, "\(base)/a/x", headers: fields, body: Array("hello".utf8)).status == 200
            )
            #expect(try await client.send(.GET, "\(base)/a/x").headers["Repr-Digest"].isEmpty)
            let asked = try await client.send(.GET, "\(base)/a/x", headers: ["Want-Repr-Digest": "sha-256=10"])
            #expect(asked.headers["Repr-Digest"] == [hello] && asked.text == "hello")
            let check = try await client.send(
                .POST,
                "/api/v1/artifacts/check",
                headers: ["Content-Type": "application/json"],
                body: Array(#"{"path": "a"}"#.utf8)
            )
            #expect(
                check.text == #"{"intact":true,"files":[{"path":"a/x","size_bytes":5,"sha256":"#
                    + #""2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","state":"intact"}]}"#
            )
            let missing = try await client.send(
                .POST,
                "/api/v1/artifacts/check",
                headers: ["Content-Type": "application/json"],
                body: Array(#"{"path": "b"}"#.utf8)
            )
            #expect(missing.status == 404 && missing.errorCode == "RESOURCE_DOES_NOT_EXIST")
        }
    }

    private static let escapes = [
        "../x", "..%2Fx", "%2e%2e/x", "%2E%2E%2Fx", "%252e%252e%252fx", "%25252e%25252e/x", "a/../../x", "a/..",
        "a/%2e%2e/%2e%2e/x",
        "/etc/passwd", "%2Fetc/passwd", "%2Fetc%2Fpasswd", "a%5C..%5Cx", "..%5cx", "C:/x", "c%3A/x",
        "file:///etc/passwd", "a%00b", "a%0Ab",
        "a%23b", ".martlet-uploads/x", "a/%c0%ae%c0%ae/x", "..;/x/..", "%2e%2e%5c%2e%2e%5cx",
    ]

    @Test("never lies outside of the store, however it is spelled", arguments: escapes)
    func traversal(path: String) async throws {
        try await withServer { client in
            try await put("inside", "x", client)
            let run = try await client.createRun()
            for answer in [
                try await client.send(.PUT, "\(base)/\(path)", body: Array("evil".utf8)),
                try await client.send(.GET, "\(base)/\(path)"),
                try await client.send(.DELETE, "\(base)/\(path)"),
                try await client.send(.GET, "\(base)?path=\(path)"),
                try await client.get("artifacts/list?run_id=\(run)&path=\(path)"),
                try await client.send(.GET, "/get-artifact?run_id=\(run)&path=\(path)"),
            ] {
                #expect(answer.status == 400 && answer.errorCode == "INVALID_PARAMETER_VALUE", "\(answer.text)")
            }
            #expect(try await client.send(.GET, "\(base)/inside").text == "x")
        }
    }

    @Test("of a run is listed below the run's folder and downloaded from the page")
    func ofRun() async throws {
        try await withServer { client in
            let run = try await client.createRun()
            #expect(
                try await client.get("artifacts/list?run_id=\(run)").text
                    == #"{"root_uri":"mlflow-artifacts:/0/\#(run)/artifacts"}"#
            )
            try await put("0/\(run)/artifacts/model/MLmodel", "x", client)
            let list = try await client.get("artifacts/list?run_uuid=\(run)&path=model")
            #expect(list.json?["files"] == [["path": "model/MLmodel", "is_dir": false, "file_size": 1]])
            let file = try await client.send(.GET, "/get-artifact?run_uuid=\(run)&path=model/MLmodel")
            #expect(file.text == "x" && file.headers["Content-Disposition"].first?.hasPrefix("attachment") == true)
            #expect(try await client.get("artifacts/list?run_id=nope").status == 404)
            #expect(try await client.send(.GET, "/get-artifact?run_id=\(run)&path=nope").status == 404)
        }
    }

    @Test("kept elsewhere is left to the client")
    func foreign() async throws {
        try await withServer { client in
            _ = try await client.post("experiments/create", ["name": "s3", "artifact_location": "s3://bucket/x"])
            let created = try await client.post("runs/create", ["experiment_id": "1"])
            let run = try #require(created.json?["run"]?["info"]?["run_id"]?.stringValue)
            let list = try await client.get("artifacts/list?run_id=\(run)")
            #expect(list.status == 400 && list.errorCode == "INVALID_PARAMETER_VALUE")
        }
    }

    @Test("by a signed address is not offered")
    func presigned() async throws {
        try await withServer { client in
            let answer = try await client.send(.GET, "/api/2.0/mlflow-artifacts/presigned/1/x")
            #expect(answer.status == 501 && answer.errorCode == "NOT_IMPLEMENTED")
        }
    }
}
