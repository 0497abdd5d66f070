import Kernel
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A version")
struct ModelVersionTests {
    @Test("has a number that is never used again", arguments: DatabaseBackend.allCases)
    func numbers(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 3)
            try await world.registry.deleteVersion("m", 3, by: .local)
            #expect(try await world.makeVersion("m").number == 4)
            #expect(try await world.stages(of: "m").keys.sorted() == [1, 2, 4])
            #expect(world.toldOf == ["m/1", "m/2", "m/3", "m/4"])
        }
    }

    @Test("has a number of its own when many are made at once", arguments: DatabaseBackend.allCases)
    func concurrency(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await world.makeVersion("m").number } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(numbers.sorted() == Array(1...20))
        }
    }

    @Test("is what it was created as", arguments: DatabaseBackend.allCases)
    func creation(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            let run = try await world.makeRun()
            world.clock.advance(byMilliseconds: 9)
            var new = NewModelVersion(modelName: "m", source: "s3://bucket/model", runID: run.id)
            new.runLink = "http://host/run"
            new.description = "words"
            new.tags = [Tag(key: "b", value: "1"), Tag(key: "a", value: "2")]
            let created = try await world.registry.createVersion(new, by: .local)
            for version in [created, try await world.registry.version("m", .number(1))] {
                #expect(version.modelName == "m" && version.number == 1 && version.stage == .none)
                #expect(version.createdAt == world.clock.now() && version.updatedAt == world.clock.now())
                #expect(version.description == "words" && version.runLink == "http://host/run")
                #expect(version.source == "s3://bucket/model" && version.downloadURI == "s3://bucket/model")
                #expect(version.runID == run.id && version.loggedModelID == nil)
                #expect(version.tags == [Tag(key: "a", value: "2"), Tag(key: "b", value: "1")])
                #expect(version.aliases.isEmpty)
            }
            #expect(try await world.registry.model("m").updatedAt == world.clock.now())
        }
    }

    @Test("is described anew, or not at all", arguments: DatabaseBackend.allCases)
    func description(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            #expect(try await world.registry.version("m", .number(1)).description == "")
            world.clock.advance(byMilliseconds: 3)
            let described = try await world.registry.updateVersion("m", 1, description: "d", by: .local)
            #expect(described.description == "d" && described.updatedAt == world.clock.now())
            #expect(try await world.registry.updateVersion("m", 1, description: nil, by: .local).description == nil)
        }
    }

    @Test("is hidden when it is deleted", arguments: DatabaseBackend.allCases)
    func deletion(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            _ = try await world.registry.transition("m", 2, to: .production, archivingOthers: false, by: .local)
            try await world.registry.setAlias("m", "champion", to: 2, by: .local)
            try await world.registry.setAlias("m", "other", to: 1, by: .local)
            world.clock.advance(byMilliseconds: 3)
            try await world.registry.deleteVersion("m", 2, by: .local)
            let model = try await world.registry.model("m")
            #expect(model.aliases.map(\.name) == ["other"])
            #expect(model.latestVersions.map(\.number) == [1])
            #expect(model.updatedAt == world.clock.now())
            #expect(try await world.registry.version("m", .latest).number == 1)
            let missing = "RESOURCE_DOES_NOT_EXIST: Model Version (name=m, version=2) not found"
            let tag = Tag(key: "k", value: "v")
            let registry = world.registry
            #expect(await refusal { _ = try await registry.version("m", .number(2)) } == missing)
            #expect(await refusal { try await registry.deleteVersion("m", 2, by: .local) } == missing)
            #expect(await refusal { try await registry.setAlias("m", "x", to: 2, by: .local) } == missing)
            #expect(await refusal { try await registry.setVersionTag("m", 2, tag, by: .local) } == missing)
            #expect(
                await refusal { _ = try await registry.updateVersion("m", 2, description: "", by: .local) } == missing
            )
            #expect(
                await refusal { _ = try await registry.version("m", .stage(.production)) }
                    == "RESOURCE_DOES_NOT_EXIST: No versions of model with name 'm' and stage 'Production' found"
            )
        }
    }

    @Test("needs a registered model", arguments: DatabaseBackend.allCases)
    func unknownModel(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            #expect(
                await refusal { try await world.makeVersion("m") }
                    == "RESOURCE_DOES_NOT_EXIST: Registered Model with name=m not found"
            )
        }
    }

    @Test("is tagged", arguments: DatabaseBackend.allCases)
    func tags(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            try await world.registry.setVersionTag("m", 1, Tag(key: "k", value: "1"), by: .local)
            try await world.registry.setVersionTag("m", 1, Tag(key: "k", value: "2"), by: .local)
            try await world.registry.setVersionTag("m", 2, Tag(key: "k", value: "3"), by: .local)
            try await world.registry.deleteVersionTag("m", 2, key: "k", by: .local)
            try await world.registry.deleteVersionTag("m", 2, key: "k", by: .local)
            #expect(try await world.registry.version("m", .number(1)).tags == [Tag(key: "k", value: "2")])
            #expect(try await world.registry.version("m", .number(2)).tags.isEmpty)
            let prompt = Tag(key: "mlflow.prompt.text", value: String(repeating: "x", count: 100_001))
            #expect(
                await refusal { try await world.registry.setVersionTag("m", 1, prompt, by: .local) }
                    == "INVALID_PARAMETER_VALUE: Prompt text exceeds max length of 100000 characters."
            )
        }
    }

    @Test("number is a whole one", arguments: ["", "1.0", "one", "0x1", "99999999999999999999"])
    func badNumber(text: String) async throws {
        try await withRegistry(.sqlite) { world in
            let told = await refusal { _ = try await world.registry.versionNumber(text, of: "m") }
            #expect(told == "INVALID_PARAMETER_VALUE: Parameter 'version' must be an integer, got '\(text)'.")
        }
    }

    @Test("number may have space around it")
    func spacedNumber() async throws {
        try await withRegistry(.sqlite) { world in
            let spaced = try await world.registry.versionNumber(" 12 ", of: "m")
            let negative = try await world.registry.versionNumber("-1", of: "m")
            #expect(spaced == 12 && negative == -1)
        }
    }

    @Test("is found by its semantic version, digits alone being the number", arguments: DatabaseBackend.allCases)
    func semantic(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 3)
            for (number, text) in [(2, "1.4.0"), (3, "3.0.0")] {
                var document = VersionDocument()
                document.semanticVersion = try SemanticVersion(text: text)
                _ = try await world.registry.describe("m", .number(number), document, by: .local)
            }
            let registry = world.registry
            let semantic = try await registry.versionNumber("1.4.0", of: "m")
            let digits = try await registry.versionNumber("3", of: "m")
            let found = try await registry.version("m", .semantic(SemanticVersion(text: "3.0.0")))
            #expect(semantic == 2 && digits == 3 && found.number == 3)
            try await registry.deleteVersion("m", 2, by: .local)
            for unknown in ["1.4.0", "9.9.9"] {
                let told = await refusal { _ = try await registry.versionNumber(unknown, of: "m") }
                #expect(told == "RESOURCE_DOES_NOT_EXIST: Model Version (name=m, version=\(unknown)) not found")
            }
            let nobody = await refusal { _ = try await registry.versionNumber("1.4.0", of: "nobody") }
            #expect(nobody == "RESOURCE_DOES_NOT_EXIST: Registered Model with name=nobody not found")
        }
    }
}
