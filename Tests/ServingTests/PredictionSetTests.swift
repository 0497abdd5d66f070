import Kernel
import Ledger
import Registry
import Serving
import TestSupport
import Testing

@Suite("A prediction set", .serialized)
struct PredictionSetTests {
    private static func set(by model: BatchModel, output: String = "out.parquet") -> PredictionSet {
        PredictionSet(
            model: model,
            input: .init(name: "in.parquet", digest: ContentDigest(of: "in".utf8), rows: 10),
            output: .init(name: output, digest: ContentDigest(of: "out".utf8), rows: 9),
            schema: [.init(name: "label", type: "BIGINT"), .init(name: "chance", type: "FLOAT")],
            failedRows: 1
        )
    }

    private static func model(_ version: ModelVersion) -> BatchModel {
        guard case .pinned(let digest) = version.pin else {
            return BatchModel(name: "", version: 0, digest: .init(of: []))
        }
        return BatchModel(name: version.modelName, version: version.number, digest: digest)
    }

    @Test("is remembered once, with edges from the version and the input", arguments: DatabaseBackend.allCases)
    func remembered(_ backend: DatabaseBackend) async throws {
        try await withServing(backend) { world in
            let service = try world.makeService()
            let model = Self.model(try await world.register("scores", fixture: "gbdt"))
            let set = Self.set(by: model)
            let record = try await service.record(set, by: world.actor)
            #expect(record.set == set && record.createdBy == "ada")
            #expect(try await service.record(set, by: Actor(name: "bob")) == record)
            #expect(try await service.predictionSet(set.id) == record)
            let other = try await service.record(Self.set(by: model, output: "b.parquet"), by: world.actor)

            let first = try await service.predictionSets(modelName: "scores", from: nil, limit: 1)
            let rest = try await service.predictionSets(modelName: "scores", from: first.next, limit: 1)
            #expect(Set(first.items + rest.items) == [record, other] && rest.next == nil)
            #expect(try await service.predictionSets(modelName: "else", from: nil, limit: 9).items.isEmpty)

            let output = Subject("dataset_version", "out.parquet/\(ContentDigest(of: "out".utf8).hexadecimal)")
            let graph = try await LineageService(database: world.database).graph(
                of: output,
                .upstream,
                depth: 1,
                limit: 9
            )
            #expect(
                Set(graph.edges.map { "\($0.source.kind) \($0.relation)" }) == [
                    "model_version predicted", "dataset_version scored",
                ]
            )
            while try await world.activities.seal() {}
            let told = try await world.activities.activities(after: 0, limit: 100)
            #expect(told.filter { $0.action == "prediction_set.created" }.count == 2)
        }
    }

    @Test("is refused of a version that other files are pinned to, or that is not there")
    func refused() async throws {
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("scores", fixture: "gbdt")
            let other = BatchModel(name: "scores", version: 1, digest: ContentDigest(of: "other".utf8))
            let unpinned = await refusal { _ = try await service.record(Self.set(by: other), by: world.actor) }
            #expect(unpinned.hasPrefix("RESOURCE_CONFLICT"), "\(unpinned)")
            let none = BatchModel(name: "scores", version: 9, digest: other.digest)
            let missing = await refusal { _ = try await service.record(Self.set(by: none), by: world.actor) }
            #expect(missing.hasPrefix("RESOURCE_DOES_NOT_EXIST"), "\(missing)")
            #expect(await refusal { _ = try await service.predictionSet("none") }.hasPrefix("RESOURCE_DOES_NOT_EXIST"))
        }
    }
}
