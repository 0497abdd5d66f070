import Kernel
import Martlet
import Testing

@testable import CommandLine

@Suite("What is told of a version")
struct VersionTextTests {
    private static let told: JSON = [
        "number": 2, "version": "1.4.0", "framework": "pytorch", "model_size_bytes": 1_024_000,
        "metrics": ["f1": 0.9, "n": 3.0], "hyperparameters": ["layers": [64, 32], "optimizer": "adam"],
        "parent_models": [["model_id": "base", "version": "0.9.0", "relationship": "fine-tuned"]],
        "datasets": [
            ["dataset_id": "flowers", "version": "2", "split": "train", "size": 100],
            ["dataset_id": "weeds", "version": 7],
        ],
        "code": ["commit": "4f2a9c1"],
    ]

    private static func version(_ number: String, _ document: JSON?) -> ModelVersion {
        var members: JSONObject = ["name": "iris", "version": .string(number), "current_stage": "None"]
        members["document"] = document
        return ModelVersion(.object(members))
    }

    private static func titles(_ versions: [ModelVersion], aliases: [(name: String, value: String)]? = []) -> [String] {
        VersionColumn.all(for: versions, aliases).map(\.heading.title)
    }

    @Test("has columns in a list where something is told of any of them")
    func columns() {
        let usual = ["MODEL", "VERSION", "STAGE", "ALIASES", "STATUS", "CREATED", "RUN"]
        #expect(Self.titles([Self.version("1", nil)]) == usual)
        #expect(Self.titles([Self.version("1", ["number": 1, "version": "1"])]) == usual)
        #expect(Self.titles([Self.version("1", nil)], aliases: nil) == usual.filter { $0 != "ALIASES" })
        let versions = [Self.version("2", Self.told), Self.version("1", nil)]
        let all = VersionColumn.all(for: versions, [(name: "champion", value: "2")])
        let rows = versions.map { version in all.prefix(7).map { $0.cell(version).text } }
        #expect(
            all.prefix(7).map(\.heading.title)
                == ["MODEL", "VERSION", "SEMANTIC", "STAGE", "ALIASES", "FRAMEWORK", "METRICS"]
        )
        #expect(rows[0] == ["iris", "2", "1.4.0", "None", "champion", "pytorch", "f1 0.9, n 3"])
        #expect(rows[1] == ["iris", "1", "", "None", "", "", ""])
    }

    @Test("is shown in tables of its own")
    func parts() {
        var details = Details()
        details.addParts(of: VersionDocument(Self.told))
        let lines = details.text(width: nil, style: Style(isColoured: false)).split(separator: "\n").map(String.init)
        #expect(
            lines == [
                "Metrics", "f1  0.9", "n   3", "Hyperparameters", "layers     [64,32]", "optimizer  adam", "Parents",
                "MODEL  VERSION  RELATION", "base   0.9.0    fine-tuned", "Datasets",
                "DATASET  VERSION  SPLIT  ROWS", "flowers  2        train   100", "weeds    7", "Code",
                "commit  4f2a9c1",
            ]
        )
        var nothing = Details()
        nothing.addParts(of: VersionDocument(["number": 1, "version": "1"]))
        #expect(nothing.text(width: nil, style: Style(isColoured: false)).isEmpty)
    }

    @Test("has the semantic version behind the number")
    func named() {
        #expect(Self.version("2", Self.told).namedNumber == "2 (1.4.0)")
        #expect(Self.version("2", ["number": 2, "version": "2"]).namedNumber == "2")
        #expect(Self.version("2", nil).namedNumber == "2")
    }

    @Test("is compared with its origin, in the words of the options")
    func compared() {
        let told = VersionDocument(Self.told).comparedFacts
        let facts = Dictionary(uniqueKeysWithValues: told.map { ($0.name, $0.value) })
        #expect(
            facts == [
                "semantic_version": "1.4.0", "framework": "pytorch", "size": "1.0 MB", "code_commit": "4f2a9c1",
                "parents": "base@0.9.0:fine-tuned", "datasets": "flowers@2:train:100, weeds@7",
            ]
        )
    }

    @Test("is side by side as the server compares it")
    func rows() {
        let rows: [JSON] = [
            ["key": "depth", "values": [3, nil], "differs": true],
            ["key": "lr", "values": [0.1, 0.1], "differs": false],
            ["key": "kind", "values": ["1", 1], "differs": true],
        ]
        var comparison = Comparison(["1", "2"])
        comparison.add("hyperparameters", rows.map { VersionComparison.Row($0) })
        #expect(comparison.rows(all: false).map { $0.rows.map(\.name) } == [["depth", "kind"]])
        let document = comparison.json("versions", [], all: false)
        #expect(document.member(["hyperparameters"]) == ["depth": [3, nil], "kind": ["1", 1]])
        let text = comparison.details(all: true).text(width: nil, style: Style(isColoured: false))
        #expect(text.contains("depth  3    –"))
        #expect(text.contains("lr     0.1  0.1"))
    }

    @Test("leaves a comparison of runs as it was where the server tells nothing")
    func runs() {
        func run(_ loss: JSON) -> Run {
            Run(["data": ["metrics": [["key": "loss", "value": loss, "step": 0]]]])
        }
        var comparison = Comparison(["1", "2"])
        comparison.add([run(0.5), run("NaN")])
        #expect(comparison.json("runs", [], all: false).member(["metrics", "loss"]) == [0.5, "NaN"])
        var replaced = Comparison(["1", "2"])
        replaced.add([run(0.5), run("NaN")], metrics: [.init(["key": "f1", "values": [1, 2], "differs": true])])
        #expect(replaced.json("runs", [], all: false).member(["metrics"]) == ["f1": [1, 2]])
    }
}
