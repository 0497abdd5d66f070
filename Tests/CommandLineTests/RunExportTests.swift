import Kernel
import Martlet
import Testing

@testable import CommandLine

@Suite("A run as a file")
struct RunExportTests {
    private static let run = Run([
        "info": ["run_id": "abc", "start_time": 5, "run_name": "with, comma"],
        "data": [
            "params": [["key": "depth", "value": "a \"quoted\"\r\nline"]],
            "metrics": [["key": "loss", "value": 0.5, "step": 2, "timestamp": 20]],
            "tags": [["key": "team", "value": "flowers"]],
        ],
    ])
    private static let export = RunExport(
        run: run,
        histories: [
            (
                "loss",
                [
                    MetricPoint(["key": "loss", "value": "NaN", "step": 1, "timestamp": 10]),
                    MetricPoint(["key": "loss", "value": 0.5, "step": 2, "timestamp": 20]),
                ]
            )
        ]
    )

    @Test("of JSON is the run as the server describes it, and its history")
    func json() throws {
        let document = try JSON.parse(Array(Self.export.text(.json).utf8))
        #expect(document.member(["info"]) == Self.run.json.member(["info"]))
        #expect(
            document.member(["metric_history", "loss"])
                == [["value": "NaN", "step": 1, "timestamp": 10], ["value": 0.5, "step": 2, "timestamp": 20]]
        )
    }

    @Test("of CSV has a row for each fact, quoted where it must be")
    func csv() {
        #expect(
            Self.export.text(.csv)
                == [
                    "kind,key,value,step,timestamp", "info,run_id,abc,,", "info,start_time,5,,",
                    "info,run_name,\"with, comma\",,", "param,depth,\"a \"\"quoted\"\"\r\nline\",,",
                    "tag,team,flowers,,", "metric,loss,nan,1,10", "metric,loss,0.5,2,20",
                ].joined(separator: "\n")
        )
    }

    @Test(
        "has the format that its name asks for",
        arguments: [
            ("run.csv", .csv), ("RUN.CSV", .csv), ("run.json", .json), ("run", .json), (nil, .json),
        ] as [(String?, RunExport.Format)]
    )
    func format(file: String?, format: RunExport.Format) {
        #expect(RunExport.Format.of(file) == format)
    }
}
