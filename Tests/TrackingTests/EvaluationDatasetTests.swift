import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("An evaluation dataset")
struct EvaluationDatasetTests {
    @Test("has a name, tags and experiments, which come and go", arguments: DatabaseBackend.allCases)
    func life(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let (one, two) = (try await fixture.experiment("one"), try await fixture.experiment("two"))
            let made = try await tracking.createEvaluationDataset(
                named: "qa",
                in: [one],
                tags: [Tag(key: "mlflow.user", value: "ada"), Tag(key: "env", value: "dev")],
                by: .local
            )
            #expect(made.id.wholeMatch(of: /d-[0-9a-f]{32}/) != nil && made.digest.count == 8)
            #expect(made.name == "qa" && made.createdBy == "ada" && made.experimentIDs == [one])
            try await tracking.setEvaluationDatasetTags(made.id, [Tag(key: "env", value: "test")])
            try await tracking.deleteEvaluationDatasetTag("mlflow.user", of: made.id)
            try await tracking.deleteEvaluationDatasetTag("nope", of: made.id)
            #expect(try await tracking.evaluationDataset(made.id).tags == [Tag(key: "env", value: "test")])
            #expect(try await tracking.addEvaluationDataset(made.id, to: [one, two]).experimentIDs == [one, two])
            #expect(try await tracking.removeEvaluationDataset(made.id, from: [one]).experimentIDs == [two])
            #expect(try await tracking.removeEvaluationDataset(made.id, from: [one]).experimentIDs == [two])
            try await tracking.deleteEvaluationDataset(made.id, by: .local)
            try await tracking.deleteEvaluationDataset(made.id, by: .local)
            await expectRefusal(.resourceDoesNotExist, "Evaluation dataset with id '\(made.id)' not found") {
                try await tracking.evaluationDataset(made.id)
            }
            #expect(
                try await fixture.actions().suffix(2) == ["evaluation_dataset.created", "evaluation_dataset.deleted"]
            )
        }
    }

    @Test("belongs to experiments that are there, or to none", arguments: DatabaseBackend.allCases)
    func experiments(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let nowhere = ExperimentID(number: 99)
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=99 exists") {
                try await tracking.createEvaluationDataset(named: "x", in: [nowhere], tags: [], by: .local)
            }
            let id = try await tracking.createEvaluationDataset(named: "x", in: [], tags: [], by: .local).id
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=99 exists") {
                try await tracking.addEvaluationDataset(id, to: [nowhere])
            }
            #expect(try await tracking.evaluationDataset(id).experimentIDs == [])
        }
    }

    @Test("is found by name, tag and experiment, newest first, in pages", arguments: DatabaseBackend.allCases)
    func search(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let (one, two) = (try await fixture.experiment("one"), try await fixture.experiment("two"))
            for (name, team, homes) in [("a", "ml", [one]), ("b", "data", [one, two]), ("c", "ml", [two])] {
                fixture.clock.advance(byMilliseconds: 1)
                let tags = [Tag(key: "team", value: team)]
                _ = try await tracking.createEvaluationDataset(named: name, in: homes, tags: tags, by: .local)
            }
            for (homes, filter, order, names) in [
                ([], nil, [], ["c", "b", "a"]), ([one], nil, [], ["b", "a"]), ([], "tags.team = 'ml'", [], ["c", "a"]),
                ([two], "tags.team != 'ml'", [], ["b"]), ([], "name IN ('a', 'b')", ["name ASC"], ["a", "b"]),
                ([], "created_time > 0", ["created_time"], ["a", "b", "c"]),
            ] as [([ExperimentID], String?, [String], [String])] {
                let search = EvaluationDatasetSearch(experimentIDs: homes, filter: filter, orderBy: order, limit: 9)
                let found = try await tracking.searchEvaluationDatasets(search)
                #expect(found.items.map(\.name) == names && found.next == nil, "\(filter ?? "")")
            }
            var search = EvaluationDatasetSearch(experimentIDs: [], limit: 2)
            let first = try await tracking.searchEvaluationDatasets(search)
            search.page = first.next
            #expect(try await tracking.searchEvaluationDatasets(search).items.map(\.name) == ["a"])
            await expectRefusal(.invalidParameterValue, "Invalid attribute key 'size'") {
                try await tracking.searchEvaluationDatasets(
                    EvaluationDatasetSearch(experimentIDs: [], filter: "size = 1", limit: 1)
                )
            }
        }
    }

    @Test("keeps one record for the same inputs, and merges what comes again", arguments: DatabaseBackend.allCases)
    func records(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let id = try await tracking.createEvaluationDataset(named: "qa", in: [], tags: [], by: .local).id
            func put(_ records: JSON...) async throws -> [Int] {
                let outcome = try await tracking.putEvaluationRecords(records.compactMap(\.objectValue), in: id)
                return [outcome.inserted, outcome.updated]
            }
            let question: JSON = ["q": "?", "n": 1]
            fixture.clock.advance(byMilliseconds: 1)
            #expect(
                try await put(["inputs": question, "expectations": ["a": "x"]], ["inputs": ["n": 1, "q": "?"]]) == [
                    1, 1,
                ]
            )
            let digest = try await tracking.evaluationDataset(id).digest
            fixture.clock.advance(byMilliseconds: 1)
            let again: JSON = ["inputs": question, "expectations": ["b": "y"], "tags": ["mlflow.user": "eve"]]
            #expect(try await put(again, ["inputs": ["q": "!"]]) == [1, 1])
            let dataset = try await tracking.evaluationDataset(id)
            #expect(dataset.recordCount == 2 && dataset.updatedBy == "eve" && dataset.digest != digest)
            #expect(
                dataset.schema == #"{"inputs":{"q":"string","n":"integer"},"outputs":{},"#
                    + #""expectations":{"a":"string","b":"string"},"version":"1.0"}"#
            )
            let page = try await tracking.evaluationRecords(of: id, limit: 1, page: nil)
            let first = try #require(page.items.first)
            #expect(first.document["expectations"] == ["a": "x", "b": "y"] && first.updatedBy == "eve")
            #expect(first.createdBy == nil && first.createdAt < first.updatedAt)
            let rest = try await tracking.evaluationRecords(of: id, limit: 1, page: page.next)
            #expect(rest.items.map { $0.document["inputs"] } == [["q": "!"]] && rest.next == nil)
            #expect(try await tracking.deleteEvaluationRecords([first.id, "dr-0"], of: id) == 1)
            #expect(try await tracking.deleteEvaluationRecords([first.id], of: id) == 0)
            #expect(try await tracking.evaluationDataset(id).recordCount == 1)
            await expectRefusal(.resourceDoesNotExist, "Evaluation dataset with id 'd-0' not found") {
                try await tracking.putEvaluationRecords([], in: "d-0")
            }
        }
    }
}
