import Analytics
import Foundation
import Inference
import Kernel
import Registry
import Serving
import TestSupport
import Testing

@Suite("A batch of predictions", .serialized)
struct BatchTests {
    private static let names = (0..<30).map { "f\($0)" }
    private static let document = ServingWorld.document(inputs: ServingWorld.columns(names.map { ($0, "double") }))

    /// What the endpoint of the same model answers to `rows`: labels, and the chance of the second class.
    private static func online(_ rows: [[Double]]) async throws -> (labels: [Int64], chances: [Float]) {
        var found: (labels: [Int64], chances: [Float]) = ([], [])
        try await withServing { world in
            let service = try world.makeService()
            try await world.register("scores", fixture: "gbdt", document: document)
            _ = try await service.deploy("scores", .number(1), by: world.actor)
            let answer = try await service.predictBatch("{\"model_name\": \"scores\", \"inputs\": \(rows)}")
            for prediction in answer["predictions"]?.arrayValue ?? [] {
                found.labels.append(prediction.objectValue?["label"]?.integerValue ?? -1)
                let chances = prediction.objectValue?["probabilities"]?.arrayValue ?? []
                found.chances.append(Float(chances.last?.doubleValue ?? -1))
            }
        }
        return found
    }

    @Test("answers what an endpoint answers, from Parquet and from CSV, into either", arguments: ["parquet", "csv"])
    func equalsOnline(_ kind: String) async throws {
        let rows = try Fixture("gbdt").rows
        let truth = try await Self.online(rows)
        try await withBatch("gbdt", document: Self.document) { world in
            let ids = (0..<rows.count).map { "row \($0)" }
            if kind == "parquet" {
                let columns =
                    [Column(name: "id", values: .texts(ids))]
                    + Self.names.indices.reversed().map { index in
                        Column(name: Self.names[index], values: .doubles(rows.map { $0[index] }))
                    }
                try await world.analytics.writeParquet(Table(columns: columns), to: "\(world.folder)/in.parquet")
            } else {
                let lines = zip(ids, rows).map { "\($0)," + $1.map(\.description).joined(separator: ",") }
                try world.write(
                    (["id," + Self.names.joined(separator: ",")] + lines).joined(separator: "\n"),
                    to: "in.csv"
                )
            }
            for output in ["out.parquet", "out.csv"] {
                var request = world.request("in.\(kind)", output)
                request.kept = ["id"]
                let outcome = try await world.run(request)
                #expect(outcome.output.rows == rows.count && outcome.failedRows == 0)
                let table = try await world.table(output)
                #expect(table.columns.map(\.name) == ["id", "label", "probabilities_0", "probabilities_1"])
                #expect(table.column("id")?.texts == ids)
                #expect(table.column("label")?.integers == truth.labels)
                #expect(table.column("probabilities_1")?.numbers?.map { $0.map { Float($0) } } == truth.chances)
                let bytes = try Data(contentsOf: URL(filePath: "\(world.folder)/\(output)"))
                #expect(outcome.output.digest == ContentDigest(of: bytes))
                #expect(!FileManager.default.fileExists(atPath: "\(world.folder)/\(output).martlet"))
            }
        }
    }

    @Test("goes on after an interruption, and ends with the same bytes")
    func resumes() async throws {
        try await withBatch("iris_str") { world in
            try await world.writeFlowers(to: "in.parquet")
            var request = world.request("in.parquet", "whole.parquet")
            request.kept = ["id"]
            let whole = try await world.run(request)
            #expect(whole.output.rows == 140_000)
            #expect(whole.schema.map(\.type) == ["BIGINT", "VARCHAR", "FLOAT", "FLOAT", "FLOAT"])

            var again = world.request("in.parquet", "out.parquet")
            again.kept = ["id"]
            await interrupt(again, in: world, after: 100_000)
            #expect(!FileManager.default.fileExists(atPath: "\(world.folder)/out.parquet"))
            // A power cut may leave half a line.
            let journal = "\(world.folder)/out.parquet.martlet/journal"
            let handle = try #require(FileHandle(forWritingAtPath: journal))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("{\"rows\": 12".utf8))
            try handle.close()

            let job = try await world.job(again)
            #expect(job.rowsBefore == 65_536)
            let outcome = try await job.run(try await world.load(for: job)) { _ in }
            #expect(outcome.output.digest == whole.output.digest && outcome.input == whole.input)
            let ids = try #require(try await world.table("out.parquet").column("id")?.integers)
            #expect(ids.enumerated().allSatisfy { $1 == Int64($0) })
        }
    }

    @Test("remembers nothing of what it read after its input was changed")
    func changedInput() async throws {
        try await withBatch("iris_str") { world in
            try await world.writeFlowers(to: "in.parquet")
            var request = world.request("in.parquet", "out.parquet")
            request.kept = ["id"]
            let changed = await refusal {
                let job = try await world.job(request)
                _ = try await job.run(try await world.load(for: job)) { progress in
                    guard progress.rows > 100_000 else { return }
                    // The refusal that is awaited says whether it was done.
                    try? FileManager.default.setAttributes(
                        [.modificationDate: Date(timeIntervalSince1970: 0)],
                        ofItemAtPath: request.input
                    )
                }
            }
            #expect(changed.hasPrefix("RESOURCE_CONFLICT") && changed.contains("was changed"), "\(changed)")
            let rowsBefore = try await world.job(request).rowsBefore
            #expect(rowsBefore == 65_536)
        }
    }

    @Test("is not gone on with when input, model or wishes are others, but anew")
    func refusesOthers() async throws {
        try await withBatch("iris_str") { world in
            try world.write("a,b,c,d\n5,3,1,0\n6,3,4,1\n", to: "in.csv")
            let request = world.request("in.csv", "out.csv")
            // Left behind by one that never came to its end; it holds its lock while it lives.
            func leave() async throws { _ = try await world.job(request) }
            try await leave()
            let other = await refusal { _ = try await world.job(request, version: 2) }
            #expect(
                other.hasPrefix("RESOURCE_CONFLICT") && other.contains("model") && other.contains("--restart"),
                "\(other)"
            )
            var kept = request
            kept.kept = ["a"]
            #expect(await refusal { _ = try await world.job(kept) }.contains("kept columns"))
            try world.write("a,b,c,d\n5,3,1,0\n6,3,4,2\n", to: "in.csv")
            #expect(await refusal { _ = try await world.job(request) }.contains("input digest"))
            var anew = request
            anew.restarts = true
            #expect(try await world.run(anew).output.rows == 2)
        }
    }

    @Test("is the work of one at a time, into another file than it reads")
    func guardsFiles() async throws {
        try await withBatch("iris_str") { world in
            try world.write("a,b,c,d\n5,3,1,0\n", to: "in.csv")
            let job = try await world.job(world.request("in.csv", "out.csv"))
            let other = await refusal { _ = try await world.job(world.request("in.csv", "out.csv")) }
            #expect(other.contains("Another run"), "\(other)")
            // It holds its lock while it lives.
            withExtendedLifetime(job) {}
            let itself = await refusal { _ = try await world.job(world.request("in.csv", "in.csv")) }
            #expect(itself.contains("at once"), "\(itself)")
            let nothing = await refusal { _ = try await world.job(world.request("none.csv", "o.csv")) }
            #expect(nothing.contains("No such file"), "\(nothing)")
        }
    }

    @Test("is the work of files that are pinned", arguments: ["MLmodel", "model.onnx"])
    func checksFiles(_ file: String) async throws {
        try await withBatch("iris_str") { world in
            let changed = await refusal { _ = try await world.load(from: "\(world.folder)/model", bending: file) }
            #expect(changed.hasPrefix("RESOURCE_CONFLICT") && changed.contains(file), "\(changed)")
        }
    }

    @Test("names the row that can't be predicted, leaves it out, or says why beside it")
    func faults() async throws {
        try await withBatch("iris_str") { world in
            try world.write("id,a,b,c,d\n7,5,3,1,0\n8,5,three,1,0\n9,,3,1,0\n010,6,3,4,1\n", to: "in.csv")
            var request = world.request("in.csv", "out.csv")
            request.kept = ["id"]
            let failed = await refusal { try await world.run(request) }
            #expect(failed.contains("in.csv, row 2") && failed.contains("--on-error"), "\(failed)")

            request.restarts = true
            request.onFault = .skip
            let skipped = try await world.run(request)
            #expect(skipped.failedRows == 2 && skipped.output.rows == 2 && skipped.input.rows == 4)
            let text = try String(contentsOfFile: "\(world.folder)/out.csv", encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.map { $0.prefix(4) } == ["id,o", "7,se", "010,"], "\(text)")

            request.onFault = .null
            let nulls = try await world.run(request)
            #expect(nulls.failedRows == 2 && nulls.output.rows == 4)
            #expect(nulls.schema.last?.name == "prediction_error")
            let table = try await world.table("out.csv")
            let reasons = try #require(table.column("prediction_error")?.texts)
            #expect(reasons[0] == nil && reasons[1]?.contains("row 2") == true && reasons[3] == nil)
            #expect(table.column("output_label")?.texts?[1] == nil)
            #expect(table.column("output_probability_setosa")?.numbers?[0] != nil)
        }
    }

    @Test("takes rows of many bytes, whatever their number")
    func wideRows() async throws {
        try await withBatch("iris_str") { world in
            try await world.writeFlowers(to: "in.parquet", withTextsOf: 4_000, rows: 30_000)
            for output in ["whole.parquet", "out.parquet"] {
                var request = world.request("in.parquet", output)
                request.kept = ["text", "id"]
                if output == "out.parquet" {
                    await interrupt(request, in: world, after: 20_000)
                    #expect((8_000..<30_000).contains(try await world.job(request).rowsBefore))
                }
                try await world.run(request)
            }
            let (whole, out) = ("\(world.folder)/whole.parquet", "\(world.folder)/out.parquet")
            #expect(FileManager.default.contentsEqual(atPath: whole, andPath: out))
            let ids = try #require(try await world.table("out.parquet").column("id")?.integers)
            #expect(ids == Array(0..<30_000))
        }
    }

    private func interrupt(_ request: BatchRequest, in world: BatchWorld, after rows: Int) async {
        let interrupted = Task {
            let job = try await world.job(request)
            _ = try await job.run(try await world.load(for: job)) { progress in
                if progress.rows > rows { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await interrupted.value }
    }

    @Test("refuses CSV that ends inside of quotes, and leaves nothing that nobody could go on with")
    func tornQuotes() async throws {
        try await withBatch("iris_str") { world in
            try world.write("a,b,c,d\n5,3,1,0\n\"5,3,1,0\n6,3,4,1\n", to: "in.csv")
            let torn = await refusal { _ = try await world.job(world.request("in.csv", "out.csv")) }
            #expect(torn.contains("in.csv") && torn.contains("byte 17"), "\(torn)")
            try world.write("a,b,c,d\n", to: "in.csv")
            let job = try await world.job(world.request("in.csv", "out.csv"))
            job.leave()
            #expect(try FileManager.default.contentsOfDirectory(atPath: world.folder) == ["in.csv"])
        }
    }

    @Test("needs the model's columns, under their names, and no two columns of one name")
    func columns() async throws {
        try await withBatch("gbdt", document: Self.document) { world in
            try world.write("f0,f1\n1,2\n", to: "in.csv")
            let missing = await refusal { try await world.run(world.request("in.csv", "out.csv")) }
            #expect(missing.contains("\"f2\"") && missing.contains("it has \"f0\", \"f1\""), "\(missing)")
        }
        try await withBatch("iris_str") { world in
            try world.write("output_label,a,b,c,d\nx,5,3,1,0\n", to: "in.csv")
            let narrow = await refusal { try await world.run(world.request("in.csv", "out.csv")) }
            #expect(narrow.contains("5 columns") && narrow.contains("4"), "\(narrow)")
            var request = world.request("in.csv", "out.csv")
            request.restarts = true
            request.kept = ["output_label"]
            #expect(await refusal { try await world.run(request) }.contains("two columns"))
            request.kept = ["nothing"]
            #expect(await refusal { try await world.run(request) }.contains("no column \"nothing\""))
            try world.write("a,b,c,d\n", to: "empty.csv")
            #expect(await refusal { try await world.run(world.request("empty.csv", "o.csv")) }.contains("no rows"))
        }
    }
}
