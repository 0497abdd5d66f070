import Kernel
import Serving
import Testing

@testable import Server

@Suite("A file of models")
struct ModelsFileTests {
    private static let digest = String(repeating: "0a", count: 32)

    private func read(_ text: String, allowsUnpinned: Bool = false) throws -> ModelsFile {
        try ModelsFile(text: text, path: "conf/models.toml", allowsUnpinned: allowsUnpinned)
    }

    @Test("names models with all that is known of them")
    func all() throws {
        let file = try read(
            """
            # the models
            [models.regime_detector]
            name = "regime"
            version = "3"
            artifact_path = "models/regime_detector/v3/model.onnx"
            mlflow_run_id = "abc123"
            input_names = ["input"]
            output_names = ["output"]
            input_shape = [-1, 127, 64]
            sha256 = "sha256:\(Self.digest.uppercased())"

            [models."a b"]
            version = 7
            artifact_path = "/m.onnx"
            sha256 = "\(Self.digest)"
            """
        )
        #expect(file.models.map(\.name).sorted() == ["a b", "regime"])
        let regime = try #require(file.models.first { $0.name == "regime" })
        #expect(regime.version == 3 && regime.inputShape == [-1, 127, 64])
        #expect(regime.inputNames == ["input"] && regime.outputNames == ["output"])
        #expect(regime.digest == ContentDigest(hexadecimal: Self.digest))
        // There is no such file in the folder of the file of models.
        #expect(regime.path == "models/regime_detector/v3/model.onnx")
    }

    private static let head = "[models.m]\nversion = 1\n"
    private static let faults: [(text: String, told: String)] = [
        ("[models.m\n", "line 1: "),
        ("a = 1\n\nb = \n", "line 3: "),
        ("", "line 1: there is no table [models.NAME]"),
        ("[model.m]\nversion = 1", "line 1: there is no table"),
        ("\n[models.m]\nversion = 1\n[other]\n", "line 4: 'other' is not known"),
        (head, "line 1: artifact_path: is missing"),
        (head + "artifact_path = 7", "line 3: artifact_path: expected a text"),
        (head + "artifact_path = \"m.onnx\"", "line 1: sha256: is missing"),
        (head + "artifact_path = \"m.onnx\"\nsha256 = \"00\"", "line 4: sha256: expected 64"),
        (head + "artifact_path = \"m.onnx\"\n\nsha265 = \"00\"", "line 5: 'sha265' is not known"),
        ("[models.m]\nartifact_path = \"m.onnx\"", "line 1: version: is missing"),
        ("[models.m]\nversion = \"v3\"", "line 1: artifact_path"),
        ("[models.m]\nname = \"a/b\"", "line 2: name"),
        ("[models.m]\nname = \"\"", "line 2: name"),
        ("models.m = 3", "line 1: expected a table"),
    ]

    @Test("is refused with the line of what is wrong")
    func refused() {
        for (text, told) in Self.faults {
            let error = #expect(throws: StartupError.self) { try read(text) }
            let message = error?.description ?? ""
            #expect(message.hasPrefix("conf/models.toml, ") && message.contains(told), "\(text): \(message)")
        }
        let pinned = "artifact_path = \"m.onnx\"\nsha256 = \"\(Self.digest)\"\n"
        for (more, told) in [
            ("version = \"v3\"", "line 4: version: expected a whole number"), ("version = 0", "line 4: version"),
            ("version = 1\ninput_names = \"a\"", "line 5: input_names"),
            ("version = 1\noutput_names = [1]", "line 5: output_names"),
            ("version = 1\ninput_shape = [-2]", "line 5: input_shape"),
            ("version = 1\n[models.n]\nname = \"m\"\nversion = 1\n\(pinned)", "line 6: name: another model"),
        ] {
            let error = #expect(throws: StartupError.self) { try read("[models.m]\n\(pinned)\(more)") }
            #expect(error?.description.contains(told) == true, "\(more): \(error?.description ?? "")")
        }
    }

    @Test("may leave a model unpinned where that is allowed")
    func unpinned() throws {
        let file = try read(Self.head + "artifact_path = \"m.onnx\"", allowsUnpinned: true)
        #expect(file.models.map(\.digest) == [nil])
    }
}
