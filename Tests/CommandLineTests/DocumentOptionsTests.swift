import ArgumentParser
import Foundation
import Kernel
import Martlet
import Registry
import Testing

@testable import CommandLine

@Suite("The document of a version")
struct DocumentOptionsTests {
    private func described(_ line: String) throws -> VersionsDescribeCommand {
        let words = ["versions", "describe", "iris", "3"] + line.split(separator: " ").map(String.init)
        return try #require(try Martlet.parseAsRoot(words) as? VersionsDescribeCommand)
    }

    private func told(_ line: String) throws -> JSON {
        .object(try DocumentOptions.parse(line.split(separator: " ").map(String.init)).members())
    }

    /// A file that holds `text` while `use` runs.
    @discardableResult
    private func withFile<Answer>(_ text: String, _ use: (String) throws -> Answer) throws -> Answer {
        let path = FileManager.default.temporaryDirectory.appending(path: "document-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        return try use(path)
    }

    @Test("is told by options, each under its name in the API")
    func options() throws {
        let facts = try told(
            """
            --semantic-version 1.4.0 --framework pytorch --type classification --author ada --size 1024 \
            --experiment exp-1
            """
        )
        let expected: JSON = [
            "semantic_version": "1.4.0", "framework": "pytorch", "model_type": "classification", "author": "ada",
            "experiment_id": "exp-1", "model_size_bytes": 1024,
        ]
        #expect(facts == expected)
        let code = try told("--code-repository https://a.example/x --code-commit 4f2a9c1")
        #expect(code == ["code": ["repository": "https://a.example/x", "commit": "4f2a9c1"]])
        #expect(try told("") == [:])
    }

    @Test("has metrics that are numbers, and hyperparameters that are JSON or a text")
    func values() throws {
        #expect(try told("--metric f1=0.9 --metric n=3") == ["metrics": ["f1": 0.9, "n": 3]])
        #expect(try told("--metric loss=-.5") == ["metrics": ["loss": -0.5]])
        let settings = try told(
            """
            --hyperparameter depth=3 --hyperparameter layers=[64,32] --hyperparameter optimizer=adam \
            --hyperparameter note=a=b --hyperparameter none= --hyperparameter bias=true
            """
        )
        let expected: JSON = [
            "depth": 3, "layers": [64, 32], "optimizer": "adam", "note": "a=b", "none": "", "bias": true,
        ]
        #expect(settings == ["hyperparameters": expected])
        for wrong in ["f1", "=1", "f1=", "f1=good", "f1=nan", "f1=inf", "f1=1e999", "f1=true", "f1=[1]"] {
            #expect(MetricArgument(argument: wrong) == nil, "\(wrong)")
        }
    }

    @Test(
        "names parents by model, version and relation",
        arguments: [
            ("base@3:fine-tuned", "base", "3", "fine-tuned"),
            ("base@1.0.0-rc.1+7:distilled", "base", "1.0.0-rc.1+7", "distilled"),
            ("hub:llama/a@b@main:merged", "hub:llama/a@b", "main", "merged"),
        ]
    )
    func parents(text: String, model: String, version: String, relation: String) throws {
        let parent: JSON = ["model_id": .string(model), "version": .string(version), "relationship": .string(relation)]
        #expect(try told("--parent \(text) --parent b@1:x").member(["parent_models"])?.arrayValue?.first == parent)
    }

    @Test(
        "refuses a parent without a version or a relation",
        arguments: ["base", "base@3", "@3:x", "base@:x", "base@3:"]
    )
    func noParent(text: String) {
        #expect(ParentArgument(argument: text) == nil)
    }

    @Test("names datasets by name and version, and as far as it is known by split and rows")
    func datasets() throws {
        let datasets = try told(
            "--dataset flowers@2 --dataset flowers@2:train --dataset s3://a/b@2026-01:test:50 --dataset flowers@2::100"
        )
        let expected: JSON = [
            ["dataset_id": "flowers", "version": "2"], ["dataset_id": "flowers", "version": "2", "split": "train"],
            ["dataset_id": "s3://a/b", "version": "2026-01", "split": "test", "size": 50],
            ["dataset_id": "flowers", "version": "2", "size": 100],
        ]
        #expect(datasets == ["datasets": expected])
        for wrong in ["a", "@2", "a@", "a@2:b:c", "a@2:b:-1", "a@2:b:", "a@2:b:1:2"] {
            #expect(DatasetArgument(argument: wrong) == nil, "\(wrong)")
        }
    }

    @Test("is read from a file, in which an option replaces what stands under its name")
    func file() throws {
        let text = #"{"author": "bob", "metrics": {"a": 1, "b": 2}, "code": {"commit": "x"}, "framework": null}"#
        let members = try withFile(text) { try told("--document \($0) --metric c=3 --author ada") }
        let expected: JSON = [
            "code": ["commit": "x"], "framework": nil, "author": "ada", "metrics": ["c": 3],
        ]
        #expect(members == expected)
    }

    @Test("is refused where a file holds none, with what is wrong there")
    func wrongFile() throws {
        let wrong = [
            ("{", "not valid JSON"), ("[1]", "array"), (#"{"stage": "Production"}"#, "'stage'"),
            (#"{"frame_work": "x"}"#, "semantic_version, framework"), ("", "not valid JSON"),
        ]
        for (text, word) in wrong {
            try withFile(text) { path in
                #expect { try told("--document \(path)") } throws: { error in
                    (error as? ClientError)?.kind == .usage && "\(error)".contains(word) && "\(error)".contains(path)
                }
            }
        }
        #expect { try told("--document /no/such/file") } throws: { ($0 as? ClientError)?.kind == .file }
    }

    @Test("is told again, and told no longer, by describe")
    func describe() throws {
        let command = try described("--clear author --clear parent_models --metric a=1 --run abc")
        #expect(command.clear == [.author, .parents])
        #expect(command.about.told.map(\.0) == [.metrics])
        #expect(command.run == "abc")
        #expect(try described("--document -").about.document == "-")
    }

    @Test("goes along with a new version, and is none where nothing is told")
    func create() throws {
        func created(_ words: String...) throws -> VersionsCreateCommand {
            let line = ["versions", "create", "iris", "--source", "s3://a/b"] + words
            return try #require(try Martlet.parseAsRoot(line) as? VersionsCreateCommand)
        }
        #expect(try created("--description", "x", "--tag", "a=b").about.isEmpty)
        #expect(try !created("--semantic-version", "1.0.0").about.isEmpty)
        #expect(try !created("--code-digest", "sha256:00").about.isEmpty)
        #expect(try !created("--document", "-").about.isEmpty)
    }
}
