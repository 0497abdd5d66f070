import Kernel
import Testing

@Suite("A page of runs has each run in the same bytes as alone", .timeLimit(.minutes(2)))
struct RunPageTests {
    private static let texts = [
        "", "plain", "\"quoted\" \\ and \\\\", "tab\tline\nreturn\r", "\u{1}\u{1F}\u{7F}", "Grüße, 世界 👩‍👩‍👧 e\u{301}",
        "</script>\u{2028}", String(repeating: "long \"", count: 80),
    ]
    private static let numbers: [JSON] = [
        "NaN", "Infinity", "-Infinity", -0.0, .number(.leastNonzeroMagnitude), 1.7976931348623157e308, 0.1, 1e21,
        123_456_789.125, 0,
    ]
    private static let integers: [JSON] = [0, -1, .integer(.max), .integer(.min), 1_700_000_000_000]

    @Test("whatever it carries")
    func sameBytes() async throws {
        try await withServer { client in
            var ids: [String] = []
            for place in 0..<12 { ids.append(try await Self.run(place, client)) }
            for (order, wanted) in [("ASC", ids), ("DESC", ids.reversed())] {
                var runs: [String] = []
                for id in wanted {
                    let text = try await client.get("runs/get?run_id=\(id)").text
                    runs.append(String(text.dropFirst(#"{"run":"#.count).dropLast()))
                }
                let search: JSON = [
                    "experiment_ids": ["0"], "order_by": [.string("attributes.start_time \(order)")],
                ]
                let found = try await client.post("runs/search", search).text
                #expect(found == #"{"runs":[\#(runs.joined(separator: ","))]}"#)
            }
        }
    }

    /// A run with more or less of everything.
    private static func run(_ place: Int, _ client: TestClient) async throws -> String {
        let created = try await client.post(
            "runs/create",
            ["experiment_id": "0", "run_name": .string("r\(place)"), "start_time": .integer(Int64(place))]
        )
        let id = try #require(created.json?["run"]?["info"]?["run_id"]?.stringValue)
        // The later the run, the fewer of its kinds it has, down to none.
        let metrics = numbers.dropLast(place).enumerated().map { index, number -> JSON in
            let integer = integers[(index + place) % integers.count]
            let key = String("zaZ/é_9".reversed()[index % 7]) + String(index * (place + 3) % 10)
            return ["key": .string(key == "/" ? "s" : "m" + key), "value": number, "timestamp": 1, "step": integer]
        }
        let params = texts.dropFirst(place / 2).enumerated().map { index, text -> JSON in
            ["key": .string("p\((index * 5 + place) % 8) k"), "value": .string(text)]
        }
        let tags = texts.dropFirst(place / 3).enumerated().map { index, text -> JSON in
            ["key": .string("t\((index * 3 + place) % 8)"), "value": .string(text)]
        }
        let batch: JSON = [
            "run_id": .string(id), "metrics": .array(metrics), "params": .array(params), "tags": .array(tags),
        ]
        let logged = try await client.post("runs/log-batch", batch)
        #expect(logged.text == "{}")
        guard place % 3 == 0 else { return id }
        let dataset: JSON = [
            "name": "d\"", "digest": .string("g\(place)"), "source_type": "local", "source": "{\"uri\": \"x\\n\"}",
            "schema": "{}",
        ]
        let inputs: JSON = [
            "run_id": .string(id),
            "datasets": [["dataset": dataset, "tags": [["key": "mlflow.data.context", "value": "train"]]]],
            "models": [["model_id": "m-1"]],
        ]
        #expect(try await client.post("runs/log-inputs", inputs).text == "{}")
        let outputs: JSON = ["run_id": .string(id), "models": [["model_id": "m-2", "step": 3]]]
        #expect(try await client.post("runs/outputs", outputs).text == "{}")
        return id
    }
}
