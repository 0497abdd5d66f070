import Database
import Kernel
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A registration")
struct VersionDocumentTests {
    private static func registration(_ version: String? = "1.0.0", stage: ModelStage = .none) throws -> NewRegistration
    {
        var document = VersionDocument()
        document.semanticVersion = try version.map { try SemanticVersion(text: $0) }
        document.framework = "pytorch"
        document.modelType = "classification"
        document.author = "data-science-team"
        document.sizeBytes = 1_024_000
        document.metrics = ["accuracy": 0.95, "f1": 1]
        document.hyperparameters = ["learning_rate": 0.001, "batch_size": 32, "layers": [64, 32], "none": nil]
        document.parents = [ParentModel(name: "bert", version: "0.9.0", relation: "fine-tuned")]
        document.datasets = [TrainingDataset(name: "fraud_2024", version: "1.0", split: "train", size: 100_000)]
        document.code = CodeReference(commit: "4f2a", digest: "sha256:00")
        document.experimentID = "exp-123"
        document.runID = RunID("run-456")
        var new = NewModelVersion(modelName: "fraud", source: "/models/fraud_v1.pt", runID: document.runID)
        new.tags = [Tag(key: "fraud-detection", value: "")]
        new.isKeptElsewhere = true
        return NewRegistration(version: new, document: document, stage: stage)
    }

    /// The edges that lead to `subject`, as texts.
    private static func sources(of subject: Subject, _ world: RegistryWorld) async throws -> Set<String> {
        let rows = try await world.database.read { connection in
            try connection.query(
                "SELECT from_kind, from_id, relation FROM lineage_edges WHERE to_kind = $1 AND to_id = $2",
                [.text(subject.kind), .text(subject.id)]
            ) { row in "\(try row.text(0)) \(try row.text(1)) \(try row.text(2))" }
        }
        return Set(rows)
    }

    @Test("makes the model and the version, and all that was told comes back", arguments: DatabaseBackend.allCases)
    func roundTrip(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let told = try Self.registration()
            let made = try await world.registry.register(told, by: world.actor)
            let number = try await world.registry.describedVersion("fraud", .number(1))
            let semantic = try await world.registry.describedVersion("fraud", VersionReference(text: "1.0.0"))
            for described in [made, number, semantic] {
                let (version, document) = (described.version, described.document)
                #expect(version.number == 1 && version.stage == .none && version.source == "/models/fraud_v1.pt")
                #expect(version.tags == told.version.tags)
                #expect(document.semanticVersion == told.document.semanticVersion)
                #expect(document.framework == "pytorch" && document.modelType == "classification")
                #expect(document.author == "data-science-team" && document.sizeBytes == 1_024_000)
                #expect(document.metrics == told.document.metrics)
                #expect(document.hyperparameters == told.document.hyperparameters)
                #expect(document.parents == told.document.parents && document.datasets == told.document.datasets)
                #expect(document.code == told.document.code)
                #expect(document.experimentID == "exp-123" && document.runID == RunID("run-456"))
            }
            guard case .unpinned = made.version.pin else { Issue.record("files elsewhere were pinned"); return }
            #expect(
                try await Self.sources(of: made.version.subject, world) == [
                    "external_model bert/0.9.0 fine-tuned", "dataset_version fraud_2024/1.0 train", "code 4f2a built",
                    "run run-456 produced",
                ]
            )
            #expect(world.toldOf == ["fraud/1"])
        }
    }

    @Test("takes no semantic version twice within a model", arguments: DatabaseBackend.allCases)
    func uniqueness(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registry = world.registry
            _ = try await registry.register(try Self.registration(), by: world.actor)
            let again = await refusal { _ = try await registry.register(try Self.registration(), by: world.actor) }
            #expect(again == "RESOURCE_ALREADY_EXISTS: Registered Model (name=fraud) has a version 1.0.0 already.")
            _ = try await registry.register(try Self.registration("0.9.0"), by: world.actor)
            try await registry.deleteVersion("fraud", 2, by: world.actor)
            let gone = await refusal {
                _ = try await registry.register(try Self.registration("0.9.0"), by: world.actor)
            }
            #expect(gone.hasPrefix("RESOURCE_ALREADY_EXISTS: Registered Model (name=fraud) had a version 0.9.0, "))
            #expect(try await world.stages(of: "fraud") == [1: "None"])
            _ = try await registry.register(try Self.registration(nil), by: world.actor)
            #expect(try await registry.register(try Self.registration("1.0.1"), by: world.actor).version.number == 4)
            var change = VersionDocument()
            change.semanticVersion = try SemanticVersion(text: "1.0.1")
            let taken = await refusal { _ = try await registry.describe("fraud", .number(3), change, by: .local) }
            #expect(taken.hasPrefix("RESOURCE_ALREADY_EXISTS:"))
            #expect(try await registry.describedVersion("fraud", .number(3)).document.framework == "pytorch")
            let missing = await refusal {
                _ = try await registry.describedVersion("fraud", VersionReference(text: "9.0.0"))
            }
            #expect(missing == "RESOURCE_DOES_NOT_EXIST: Model Version (name=fraud, version=9.0.0) not found")
        }
    }

    @Test("of another client's version is told later, a part at a time", arguments: DatabaseBackend.allCases)
    func describing(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registry = world.registry
            _ = try await registry.register(try Self.registration(), by: world.actor)
            try await world.makeModel("small", versions: 1)
            var change = VersionDocument()
            change.framework = "sklearn"
            change.parents = [ParentModel(name: "fraud", version: "1.0.0", relation: "distilled")]
            _ = try await registry.describe("small", .number(1), change, by: .local)
            let subject = ModelVersion.subject("small", 1)
            #expect(try await Self.sources(of: subject, world) == ["model_version fraud/1 distilled"])
            var other = VersionDocument()
            other.parents = [ParentModel(name: "fraud", version: "1", relation: "pruned")]
            let described = try await registry.describe("small", .number(1), other, by: .local)
            #expect(described.document.framework == "sklearn" && described.document.parents == other.parents)
            #expect(try await Self.sources(of: subject, world) == ["model_version fraud/1 pruned"])
            other.parents = [ParentModel(name: "small", version: "1", relation: "pruned")]
            let own = await refusal { [other] in
                _ = try await registry.describe("small", .number(1), other, by: .local)
            }
            #expect(own.hasPrefix("INVALID_PARAMETER_VALUE: A version can't be its own parent"))
            #expect(try await Self.sources(of: subject, world) == ["model_version fraud/1 pruned"])
        }
    }

    @Test("is listed with those of the other versions, newest first", arguments: DatabaseBackend.allCases)
    func list(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registry = world.registry
            _ = try await registry.register(try Self.registration(), by: world.actor)
            let run = try await world.makeRun()
            try await world.put("12345", at: run.artifactURI + "/model/a.txt")
            try await world.makeVersion("fraud", source: "runs:/\(run.id)/model", runID: run.id)
            _ = try await registry.register(try Self.registration("2.0.0"), by: world.actor)
            try await world.makeVersion("fraud")
            try await registry.deleteVersion("fraud", 4, by: world.actor)
            try await registry.setAlias("fraud", "b", to: 3, by: world.actor)
            try await registry.setAlias("fraud", "a", to: 3, by: world.actor)
            try await world.makeModel("other", versions: 1)
            let first = try await registry.describedVersions("fraud", limit: 2, page: nil)
            let second = try await registry.describedVersions("fraud", limit: 2, page: first.next)
            let all = first.items + second.items
            #expect(all.map(\.version.number) == [3, 2, 1] && second.next == nil)
            #expect(all.map(\.document.semanticVersion?.text) == ["2.0.0", nil, "1.0.0"])
            #expect(all.map(\.document.sizeBytes) == [1_024_000, 5, 1_024_000])
            #expect(all[1].document.runID == run.id && all[1].version.tags.isEmpty)
            #expect(all[0].version.aliases == ["a", "b"] && all[0].version.tags.map(\.key) == ["fraud-detection"])
            let unknown = await refusal { _ = try await registry.describedVersions("nobody", limit: 2, page: nil) }
            #expect(unknown == "RESOURCE_DOES_NOT_EXIST: Registered Model with name=nobody not found")
        }
    }

    @Test("begins in another stage only where the model is not protected", arguments: DatabaseBackend.allCases)
    func stages(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registry = world.registry
            let made = try await registry.register(try Self.registration(stage: .staging), by: world.actor)
            #expect(made.version.stage == .staging)
            _ = try await registry.setProtection(of: "fraud", true, by: .local)
            let told = await refusal {
                _ = try await registry.register(try Self.registration("2.0.0", stage: .production), by: world.actor)
            }
            #expect(told.hasPrefix("PERMISSION_DENIED:"))
            #expect(try await world.stages(of: "fraud") == [1: "Staging"])
            _ = try await registry.register(try Self.registration("2.0.0"), by: world.actor)
        }
    }

    @Test("replaces what is in its stage, unless told otherwise", arguments: DatabaseBackend.allCases)
    func replacing(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registry = world.registry
            for version in ["1.0.0", "2.0.0"] {
                _ = try await registry.register(try Self.registration(version, stage: .production), by: world.actor)
            }
            #expect(try await world.stages(of: "fraud") == [1: "Archived", 2: "Production"])
            #expect(
                try await world.trace(of: ModelVersion.subject("fraud", 1)).last
                    == #"model_version.transitioned {"from":"Production","replaced_by":2,"to":"Archived"}"#
            )
            var beside = try Self.registration("3.0.0", stage: .production)
            beside.archivesOthers = false
            _ = try await registry.register(beside, by: world.actor)
            #expect(try await world.stages(of: "fraud") == [1: "Archived", 2: "Production", 3: "Production"])
            var wrong = try Self.registration("4.0.0")
            wrong.archivesOthers = true
            let told = await refusal { [wrong] in _ = try await registry.register(wrong, by: world.actor) }
            #expect(told.hasPrefix("INVALID_PARAMETER_VALUE: Model version transition cannot archive existing"))
        }
    }

    @Test("forgets what is taken back, and moves the time where something changes", arguments: DatabaseBackend.allCases)
    func clearing(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let registry = world.registry
            let made = try await registry.register(try Self.registration(), by: world.actor)
            world.clock.advance(byMilliseconds: 5)
            var change = VersionDocument()
            change.framework = "pytorch"
            let same = try await registry.describe("fraud", .number(1), change, by: .local)
            #expect(same.version.updatedAt == made.version.updatedAt && same.document == made.document)
            change.framework = "onnx"
            let members = VersionDocument.Member.allCases.filter { ![.framework, .runID].contains($0) }
            let less = try await registry.describe("fraud", .number(1), change, clearing: members, by: .local)
            var expected = VersionDocument()
            expected.framework = "onnx"
            expected.runID = made.document.runID
            #expect(less.document == expected && less.version.updatedAt == world.clock.now())
            #expect(try await Self.sources(of: made.version.subject, world) == ["run run-456 produced"])
            let trace = try await world.trace(of: made.version.subject)
            #expect(trace.filter { $0.hasPrefix("model_version.updated") }.count == 1)
            // Its semantic version is free again.
            #expect(try await registry.register(try Self.registration(), by: world.actor).version.number == 2)
        }
    }

    @Test("takes a logged model by its id alone", arguments: DatabaseBackend.allCases)
    func loggedModel(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            let model = try await world.makeLoggedModel(by: run)
            var new = try Self.registration()
            new.version.source = "models:/\(model.id)"
            new.version.runID = nil
            new.document.runID = nil
            let made = try await world.registry.register(new, by: world.actor)
            #expect(made.version.loggedModelID == model.id && made.document.runID == run.id)
            #expect(made.version.storageLocation == model.artifactURI)
            new.version.source = "models:/m-0123456789abcdef0123456789abcdef"
            let told = await refusal { [new] in _ = try await world.registry.register(new, by: world.actor) }
            #expect(told.hasPrefix("RESOURCE_DOES_NOT_EXIST:"))
        }
    }

    @Test("knows the size of the files that it is pinned to")
    func size() async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m")
            let run = try await world.makeRun()
            try await world.put("12345", at: run.artifactURI + "/model/a.txt")
            try await world.put("678", at: run.artifactURI + "/model/b/c.txt")
            try await world.makeVersion("m", source: "runs:/\(run.id)/model", runID: run.id)
            #expect(try await world.registry.describedVersion("m", .number(1)).document.sizeBytes == 8)
            #expect(try await world.registry.describedVersion("m", .number(1)).document.runID == run.id)
        }
    }

    @Test(
        "may not hold",
        arguments: [
            { $0.metrics = ["a": "high"] }, { $0.metrics = ["a": .number(.infinity)] }, { $0.sizeBytes = -1 },
            { $0.author = "" }, { $0.code = CodeReference(repository: "r") },
            { $0.hyperparameters = JSONObject([("a", 1), ("a", 2)]) },
            { $0.parents = [ParentModel(name: "a", version: "1", relation: "not a word")] },
            { $0.datasets = [TrainingDataset(name: "", version: "1")] },
            { $0.datasets = [TrainingDataset(name: "a", version: "1", size: -1)] },
        ] as [@Sendable (inout VersionDocument) -> Void]
    )
    func faults(change: @Sendable (inout VersionDocument) -> Void) async throws {
        try await withRegistry(.sqlite) { world in
            var new = try Self.registration()
            change(&new.document)
            let told = await refusal { [new] in _ = try await world.registry.register(new, by: .local) }
            #expect(told.hasPrefix("INVALID_PARAMETER_VALUE:"))
        }
    }
}

@Suite("A semantic version")
struct SemanticVersionTests {
    @Test(
        "is what SemVer 2.0.0 says",
        arguments: [
            "0.0.0", "1.0.0", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7", "1.0.0-x-y-z.--",
            "1.0.0+20130313144700", "1.0.0-beta+exp.sha.5114f85", "1.0.0+21AF26D3----117B344092BD", "1.0.0-0A.is.legal",
        ]
    )
    func good(text: String) throws {
        #expect(try VersionReference(text: text) == .semantic(SemanticVersion(text: text)))
    }

    @Test(
        "and nothing else",
        arguments: [
            "", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b", "1.0.0+", "1.0.0+a+b", "1.0.0-ä",
            "a.b.c",
            "1.0.0.0", " 1.0.0", "1..0", "-1",
        ]
    )
    func bad(text: String) {
        #expect(throws: MartletError.self) { try VersionReference(text: text) }
    }

    @Test("of digits alone is a version's number")
    func numbers() throws {
        #expect(try VersionReference(text: "17") == .number(17))
    }
}

@Suite("Versions side by side")
struct ComparisonTests {
    @Test("show what their documents tell, else their runs", arguments: DatabaseBackend.allCases)
    func versions(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("a", versions: 1)
            try await world.makeModel("b")
            let run = try await world.makeRun()
            try await world.tracking.log(
                RunBatch(
                    metrics: [Metric(key: "f1", value: 0.5, timestamp: world.clock.now(), step: 0)],
                    params: [Param(key: "depth", value: "3")]
                ),
                to: run.id
            )
            try await world.makeVersion("b", runID: run.id)
            var document = VersionDocument()
            document.hyperparameters = ["depth": 4]
            _ = try await world.registry.describe("a", .number(1), document, by: .local)
            let compared = try await world.registry.compared([("b", .number(1)), ("a", .number(1))])
            #expect(compared.map(\.described.version.modelName) == ["b", "a"])
            let hyperparameters = SideBySide(compared.map(\.hyperparameters)).rows
            #expect(hyperparameters.map(\.values) == [["3", 4]] && hyperparameters[0].differs)
            let metrics = SideBySide(compared.map(\.metrics)).rows
            #expect(metrics.map(\.values) == [[0.5, nil]] && metrics[0].differs)
            let told = await refusal { _ = try await world.registry.compared([("a", .number(2))]) }
            #expect(told.hasPrefix("RESOURCE_DOES_NOT_EXIST:"))
            #expect(await refusal { _ = try await world.registry.compared([]) }.hasPrefix("INVALID_PARAMETER_VALUE:"))
        }
    }
}
