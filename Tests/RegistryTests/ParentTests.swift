import Artifacts
import Database
import Kernel
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

/// What a version's document tells of its parents alone.
private func parents(_ parents: (name: String, version: String)...) -> VersionDocument {
    var document = VersionDocument()
    document.parents = parents.map { ParentModel(name: $0.name, version: $0.version, relation: "distilled") }
    return document
}

private func semantic(_ text: String) throws -> VersionDocument {
    var document = VersionDocument()
    document.semanticVersion = try SemanticVersion(text: text)
    return document
}

extension RegistryWorld {
    /// All edges, as texts in their order; what tells one deletion from another is left out.
    fileprivate func edges() async throws -> [String] {
        let rows = try await database.read { connection in
            try connection.query("SELECT from_kind, from_id, relation, to_kind, to_id FROM lineage_edges", []) { row in
                try (0..<5).map { String(try row.text($0).prefix { $0 != "@" }) }.joined(separator: " ")
            }
        }
        return rows.sorted()
    }

    fileprivate func describe(_ name: String, _ document: VersionDocument) async throws {
        _ = try await registry.describe(name, .number(1), document, by: .local)
    }

    fileprivate func told(of name: String) async throws -> [String] {
        try await registry.describedVersion(name, .number(1)).document.parents?.map { "\($0.name) \($0.version)" } ?? []
    }
}

@Suite("A version that is gone")
struct GoneVersionTests {
    @Test("keeps its place for what came of it, and hands none of it on", arguments: DatabaseBackend.allCases)
    func model(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            for name in ["base", "child"] { try await world.makeModel(name) }
            try await world.makeVersion("base", runID: run.id)
            try await world.makeVersion("base", runID: run.id)
            try await world.makeVersion("child")
            try await world.describe("child", parents(("base", "1")))
            try await world.registry.deleteModel("base", by: .local)
            let kept = [
                "deleted_model_version base/1 distilled model_version child/1",
                "run \(run.id) produced deleted_model_version base/1",
            ]
            #expect(try await world.edges() == kept)

            try await world.makeModel("base", versions: 1)
            #expect(try await world.edges() == kept)
            // Neither another part of the document nor the same parent in the same words means the new model.
            var framework = VersionDocument()
            framework.framework = "onnx"
            try await world.describe("child", framework)
            try await world.describe("child", parents(("base", "1")))
            #expect(try await world.edges() == kept)
            try await world.registry.deleteModel("base", by: .local)
            #expect(try await world.edges() == kept)

            try await world.makeModel("base", versions: 1)
            try await world.describe("child", parents())
            #expect(try await world.edges() == [])
            try await world.describe("child", parents(("base", "1")))
            #expect(try await world.edges() == ["model_version base/1 distilled model_version child/1"])
        }
    }

    @Test("is out of the graph with the last that came of it", arguments: DatabaseBackend.allCases)
    func leaves(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            for name in ["base", "child", "grandchild"] {
                try await world.makeModel(name)
                try await world.makeVersion(name, runID: run.id)
            }
            try await world.describe("child", parents(("base", "1")))
            try await world.describe("grandchild", parents(("child", "1")))
            try await world.registry.deleteVersion("base", 1, by: .local)
            try await world.registry.deleteVersion("child", 1, by: .local)
            #expect(
                try await world.edges() == [
                    "deleted_model_version base/1 distilled deleted_model_version child/1",
                    "deleted_model_version child/1 distilled model_version grandchild/1",
                    "run \(run.id) produced deleted_model_version base/1",
                    "run \(run.id) produced deleted_model_version child/1",
                    "run \(run.id) produced model_version grandchild/1",
                ]
            )
            try await world.registry.deleteVersion("grandchild", 1, by: .local)
            #expect(try await world.edges() == [])
        }
    }
}

@Suite("A parent")
struct ParentTests {
    @Test("is the same under a new name, and told of by it", arguments: DatabaseBackend.allCases)
    func renaming(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            for name in ["base", "child"] { try await world.makeModel(name, versions: 1) }
            try await world.makeVersion("base")
            try await world.describe("base", try semantic("1.4.0"))
            _ = try await world.registry.describe("base", .number(2), parents(("base", "1")), by: .local)
            try await world.describe("child", parents(("base", "1.4.0"), ("base", "2"), ("base", "7")))
            _ = try await world.registry.renameModel("base", to: "core", by: .local)
            let edges = [
                "external_model base/7 distilled model_version child/1",
                "model_version core/1 distilled model_version child/1",
                "model_version core/1 distilled model_version core/2",
                "model_version core/2 distilled model_version child/1",
            ]
            #expect(try await world.edges() == edges)
            #expect(try await world.told(of: "child") == ["core 1.4.0", "core 2", "base 7"])
            var change = VersionDocument()
            change.framework = "onnx"
            try await world.describe("child", change)
            #expect(try await world.edges() == edges)
            try await world.makeModel("base", versions: 2)
            #expect(try await world.edges() == edges)
            try await world.describe("child", parents(("core", "1.4.0"), ("core", "2"), ("base", "7")))
            #expect(try await world.edges() == edges)
        }
    }

    @Test("may be registered after its child, in any way", arguments: DatabaseBackend.allCases)
    func later(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            for name in ["a", "b", "c", "d", "e"] { try await world.makeModel(name, versions: 1) }
            try await world.describe("a", parents(("base", "1")))
            try await world.describe("b", parents(("base", "1.0.0")))
            try await world.describe("c", parents(("base", "2.0.0")))
            try await world.describe("d", parents(("core", "1.0.0")))
            try await world.describe("e", parents(("core", "2")))
            var version = NewModelVersion(modelName: "base", source: "/models/base")
            version.isKeptElsewhere = true
            let new = NewRegistration(version: version, document: try semantic("1.0.0"))
            _ = try await world.registry.register(new, by: world.actor)
            func isLinked(_ parent: String, _ child: String) async throws -> Bool {
                let edges = try await world.edges().filter { $0.hasSuffix(" model_version \(child)/1") }
                return edges == ["model_version \(parent) distilled model_version \(child)/1"]
            }
            #expect(try await isLinked("base/1", "a"))
            #expect(try await isLinked("base/1", "b"))
            #expect(try await !isLinked("base/1", "c"))
            try await world.describe("base", try semantic("2.0.0"))
            #expect(try await isLinked("base/1", "c"))
            // What was told by the old semantic version is told by the new one.
            #expect(try await world.told(of: "b") == ["base 2.0.0"])
            try await world.describe("base", try semantic("1.0.0"))
            _ = try await world.registry.renameModel("base", to: "core", by: .local)
            for child in ["a", "b", "c", "d"] { #expect(try await isLinked("core/1", child)) }
            #expect(try await world.told(of: "c") == ["core 1.0.0"])
            let admitted = AdmittedVersion(modelName: "core", number: 2, source: "s3://b/m", downloadURI: "s3://b/m")
            let prepared = try await world.registry.prepare([admitted])
            try await world.database.write { try world.registry.admit(prepared, on: $0) }
            #expect(try await isLinked("core/2", "e"))
        }
    }

    @Test("is not the version that comes to bear its name", arguments: DatabaseBackend.allCases)
    func namesake(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("child", versions: 1)
            try await world.describe("child", parents(("base", "1")))
            _ = try await world.registry.renameModel("child", to: "base", by: .local)
            #expect(try await world.edges() == ["external_model base/1 distilled model_version base/1"])
            var change = VersionDocument()
            change.framework = "onnx"
            try await world.describe("base", change)
            #expect(try await world.told(of: "base") == ["base 1"])
            #expect(try await world.edges() == ["external_model base/1 distilled model_version base/1"])
            let document = try await world.registry.describedVersion("base", .number(1)).document
            #expect(try document.node(of: #require(document.parents?.first)) == Subject("external_model", "base/1"))

            _ = try await world.registry.renameModel("base", to: "core", by: .local)
            #expect(try await world.told(of: "core") == ["base 1"])
            #expect(try await world.edges() == ["external_model base/1 distilled model_version core/1"])
            try await world.makeModel("base", versions: 1)
            #expect(try await world.edges() == ["model_version base/1 distilled model_version core/1"])
        }
    }

    @Test("can't be the version itself, whenever that is called so", arguments: DatabaseBackend.allCases)
    func itself(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("base", versions: 1)
            try await world.describe("base", parents(("base", "1.0.0")))
            let told = await refusal { try await world.describe("base", try semantic("1.0.0")) }
            #expect(told == "INVALID_PARAMETER_VALUE: A version can't be its own parent: base 1.0.0.")
            #expect(try await world.edges() == ["external_model base/1.0.0 distilled model_version base/1"])
        }
    }
}

@Suite("A copied version")
struct CopiedVersionTests {
    @Test("leads back to its original, whatever is told of it", arguments: DatabaseBackend.allCases)
    func copy(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            for name in ["trial", "live"] { try await world.makeModel(name) }
            try await world.makeVersion("trial")
            try await world.describe("trial", try semantic("1.0.0"))
            for source in ["models:/trial/1", "models:/trial/1.0.0"] {
                let new = NewModelVersion(modelName: "live", source: source)
                let made = try await world.registry.createVersion(new, by: .local)
                #expect(made.source == "models:/trial/1")
            }
            try await world.describe("live", parents(("bert", "1")))
            _ = try await world.registry.renameModel("trial", to: "study", by: .local)
            #expect(
                try await world.edges() == [
                    "external_model bert/1 distilled model_version live/1",
                    "model_version study/1 copied_to model_version live/1",
                    "model_version study/1 copied_to model_version live/2",
                ]
            )
        }
    }

    @Test("may be imported before its original", arguments: DatabaseBackend.allCases)
    func imported(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("live")
            let admitted = AdmittedVersion(
                modelName: "live",
                number: 1,
                source: "models:/trial/1",
                downloadURI: "s3://b/m"
            )
            let prepared = try await world.registry.prepare([admitted])
            try await world.database.write { try world.registry.admit(prepared, on: $0) }
            #expect(try await world.edges() == ["external_model trial/1 copied_to model_version live/1"])
            try await world.makeModel("trial", versions: 1)
            #expect(try await world.edges() == ["model_version trial/1 copied_to model_version live/1"])
        }
    }
}

@Suite("The run of a version")
struct VersionRunTests {
    @Test("can be told again where it was none", arguments: DatabaseBackend.allCases)
    func mistyped(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let run = try await world.makeRun()
            var change = VersionDocument()
            change.runID = RunID("mistyped")
            try await world.describe("m", change)
            change.runID = run.id
            try await world.describe("m", change)
            #expect(try await world.edges() == ["run \(run.id) produced model_version m/1"])
            #expect(try await world.registry.version("m", .number(1)).runID == run.id)
        }
    }

    @Test("is told once, and is the same for everyone", arguments: DatabaseBackend.allCases)
    func toldLater(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let runs = [try await world.makeRun(), try await world.makeRun()]
            var change = VersionDocument()
            change.runID = runs[0].id
            try await world.describe("m", change)
            try await world.describe("m", change)
            change.framework = "onnx"
            change.runID = runs[1].id
            let told = await refusal { [change] in try await world.describe("m", change) }
            let known = "Version 1 of m came of run \(runs[0].id): its run can't be changed, as its files can't."
            #expect(
                told == "INVALID_PARAMETER_VALUE: \(known) Register a new version with that run, or leave 'run_id' out."
            )
            let described = try await world.registry.describedVersion("m", .number(1))
            #expect(described.version.runID == runs[0].id && described.document.runID == runs[0].id)
            #expect(described.document.framework == nil)
            let found = try await world.registry.searchVersions(
                RegistryQuery(filter: "run_id = '\(runs[0].id)'", limit: 10)
            )
            #expect(found.items.map(\.number) == [1])
            #expect(try await world.edges() == ["run \(runs[0].id) produced model_version m/1"])
        }
    }

    @Test("that only its document told is the version's from now on", arguments: DatabaseBackend.allCases)
    func before(backend: DatabaseBackend) async throws {
        let earlier = RegistrySchema.migrations.prefix { $0.name != "registry.V008_mend_lineage" }
        let rooms = LedgerSchema.migrations + ArtifactSchema.migrations + TrackingSchema.migrations
        try await withTestDatabase(backend, migrations: rooms + earlier) { database in
            try await database.write { connection in
                for statement in LineageBefore.statements { try connection.execute(statement) }
            }
            try await database.migrate(rooms + RegistrySchema.migrations)
            let (runs, edges) = try await database.read { connection in
                let runs = try connection.query("SELECT run_id FROM model_versions ORDER BY number", []) {
                    try $0.text(0)
                }
                let edges = try connection.query(
                    "SELECT from_id, relation, to_id FROM lineage_edges ORDER BY from_id, to_id",
                    []
                ) { row in try (0..<3).map { try row.text($0) }.joined(separator: " ") }
                return (runs, edges)
            }
            #expect(runs == ["told", "own", "REDACTED-RUN-ID"])
            #expect(Set(edges) == LineageBefore.mended)
        }
    }
}

/// A registry as an earlier build left it.
private enum LineageBefore {
    static let statements: [SQLText] =
        [
            "INSERT INTO registered_models (name, created_at, updated_at, last_number) VALUES ('m', 1, 1, 3)",
            version("1, 0, ''"), version("2, 0, 'own'"), version("3, 1, 'REDACTED-RUN-ID'"),
            "INSERT INTO model_version_documents (name, number, run_id) VALUES ('m', 1, 'told'), ('m', 2, 'other')",
            edge("'run', 'told', 'produced', 'model_version', 'm/1'"),
            edge("'run', 'own', 'produced', 'model_version', 'm/2'"),
            edge("'run', 'other', 'produced', 'model_version', 'm/2'"),
            edge("'run', 'own', 'produced', 'model_version', 'm/3'"),
            edge("'model_version', 'm/1', 'distilled', 'model_version', 'm/2'"),
            edge("'model_version', 'old/1', 'distilled', 'model_version', 'm/2'"),
            """
            INSERT INTO experiments (experiment_id, name, artifact_location, is_active, created_at, updated_at)
            VALUES (5, 'e', 'a', 1, 1, 1)
            """,
            """
            INSERT INTO runs (run_number, run_id, experiment_id, name, user_id, status, started_at, artifact_uri)
            VALUES (9, 'r', 5, 'n', 'u', 1, 7, 'a')
            """,
            """
            INSERT INTO run_dataset_inputs (run_number, name, digest, experiment_id, tags) VALUES (9, 'iris', 'd', 5, '[]')
            """,
            "INSERT INTO run_models (run_number, is_output, model_id, step) VALUES (9, 0, 'in', 0), (9, 1, 'out', 0)",
            """
            INSERT INTO logged_models (model_id, experiment_id, name, artifact_uri, model_type, source_run_id, status,
                created_at, updated_at) VALUES ('by', 5, 'n', 'a', '', 'r', 1, 1, 1)
            """,
        ]

    static let mended: Set<String> = [
        "told produced m/1", "own produced m/2", "m/1 distilled m/2", "iris/d used_by r", "in used_by r", "r made out",
        "r made by",
    ]

    private static func version(_ values: SQLText) -> SQLText {
        """
        INSERT INTO model_versions (number, is_deleted, run_id, name, stage, created_at, updated_at, source,
            storage_location, download_uri, run_link) VALUES (
        """ + values + ", 'm', 'None', 1, 1, 's', 's', 's', '')"
    }

    private static func edge(_ values: SQLText) -> SQLText {
        "INSERT INTO lineage_edges (from_kind, from_id, relation, to_kind, to_id, at) VALUES (" + values + ", 1)"
    }
}
