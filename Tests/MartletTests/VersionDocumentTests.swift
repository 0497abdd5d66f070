import Kernel
import Testing

@testable import Martlet

@Suite("The document of a version")
struct VersionDocumentTests {
    @Test("has no semantic version where the server says the number")
    func semanticVersion() {
        #expect(VersionDocument(["number": 3, "version": "3"]).semanticVersion.isEmpty)
        #expect(VersionDocument(["number": 3, "version": "1.4.0"]).semanticVersion == "1.4.0")
        #expect(VersionDocument(["number": 3, "version": "1.4.0"]).number == "3")
    }

    @Test("stands in the version that it tells of, as the server wrote it")
    func member() {
        let told: JSON = ["name": "iris", "version": "3", "creation_timestamp": 5]
        let version = ModelVersion(told)
        #expect(version.document == nil)
        #expect(version.with(nil).json == version.json)
        let document: JSON = ["number": 3, "version": "1.4.0", "created_at": 5, "something": ["new": true]]
        let described = version.with(VersionDocument(document))
        let expected: JSON = ["name": "iris", "version": "3", "creation_timestamp": 5, "document": document]
        #expect(described.json == expected)
        #expect(described.version == "3")
    }

    @Test("is that of another version where they were not registered at the same time")
    func other() {
        let version = ModelVersion(["name": "iris", "version": "3", "creation_timestamp": "5"])
        #expect(version.with(VersionDocument(["number": 3, "created_at": 6])).document == nil)
        #expect(version.with(VersionDocument(["number": 3, "created_at": 5])).document != nil)
    }

    @Test("is registered with its version, whose semantic version has another name there")
    func registration() {
        var new = NewModelVersion(of: "iris", source: "s3://a/b")
        new.document = ["semantic_version": "1.4.0", "framework": "onnx", "run_id": "told"]
        new.tags = [("a", "b")]
        let told: JSON = [
            "framework": "onnx", "run_id": "told", "version": "1.4.0", "name": "iris", "artifact_uri": "s3://a/b",
            "description": nil, "tags": [["key": "a", "value": "b"]],
        ]
        #expect(JSON.object(new.registration) == told)
        new.run = "named"
        #expect(new.registration["run_id"] == "named")
    }
}
