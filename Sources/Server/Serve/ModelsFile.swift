import FoundationEssentials
import Kernel
import Serving
import TOMLKit

/// The file that says which models `martlet serve` serves: a table `[models.KEY]` for each.
struct ModelsFile {
    private static let fields = [
        "name", "version", "artifact_path", "mlflow_run_id", "input_names", "output_names", "input_shape", "sha256",
    ]

    /// The models, in the order of their keys.
    private(set) var models: [ModelFile] = []
    private var keys: [String] = []
    private let path: String
    private let lines: TOMLLines

    /// The models that the file at `path` names.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - allowsUnpinned: whether a model may be there without a `sha256`.
    /// - Throws: ``StartupError`` with the line of what is wrong.
    init(path: String, allowsUnpinned: Bool) throws {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw StartupError("The file of models can't be read: \(path)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StartupError("\(path): the file is not UTF-8")
        }
        try self.init(text: text, path: path, allowsUnpinned: allowsUnpinned)
    }

    /// The same of the file's `text`.
    init(text: String, path: String, allowsUnpinned: Bool) throws {
        self.path = path
        lines = TOMLLines(text)
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw StartupError("\(path), line \(error.source.begin.line): \(error.description)")
        }
        guard let models = table["models"]?.table, !models.isEmpty else {
            throw fault(["models"], "there is no table [models.NAME], so that there is nothing to serve")
        }
        if let other = table.keys.first(where: { $0 != "models" }) {
            throw fault([other], "'\(other)' is not known; a file of models has tables [models.NAME]")
        }
        for key in models.keys {
            guard let entry = models[key]?.table else {
                throw fault(["models", key], "expected a table [models.\(key)]")
            }
            try add(entry, key, allowsUnpinned: allowsUnpinned)
        }
    }

    /// What to tell of the model numbered `index` that could not be loaded.
    func fault(_ fault: ModelFileFault) -> StartupError {
        let field = fault.misfit.field
        let place = ["models", keys[fault.index], field]
        let what = field == "artifact_path" ? " \(models[fault.index].path)" : ""
        return self.fault(place, "\(field)\(what): \(fault.misfit.problem)")
    }

    private func fault(_ place: [String], _ problem: String) -> StartupError {
        StartupError("\(path), line \(lines.line(of: place)): \(problem)")
    }

    private mutating func add(_ table: TOMLTable, _ key: String, allowsUnpinned: Bool) throws {
        if let unknown = table.keys.first(where: { !Self.fields.contains($0) }) {
            let known = Self.fields.joined(separator: ", ")
            throw fault(["models", key, unknown], "'\(unknown)' is not known; a model has \(known)")
        }
        let entry = Entry(table: table) { [self] field, problem in
            fault(["models", key, field], "\(field): \(problem)")
        }
        let name = try entry.text("name") ?? key
        guard !name.isEmpty, name.utf8.count <= 256, !name.contains("/"),
            name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { throw entry.fault("name", "a name has 1 to 256 bytes and neither \"/\" nor control characters") }
        guard !models.contains(where: { $0.name == name }) else {
            throw entry.fault("name", "another model is called '\(name)' too")
        }
        guard let artifact = try entry.text("artifact_path"), !artifact.isEmpty else {
            throw entry.fault("artifact_path", "is missing: the path of an ONNX file")
        }
        _ = try entry.text("mlflow_run_id")
        var model = ModelFile(name: name, version: try entry.version(), path: located(artifact))
        model.digest = try entry.digest()
        guard model.digest != nil || allowsUnpinned else {
            throw entry.fault(
                "sha256",
                "is missing: the SHA-256 of the file in hexadecimal, which pins it; without it nothing is served unless "
                    + "--allow-unpinned is given"
            )
        }
        model.inputNames = try entry.texts("input_names")
        model.outputNames = try entry.texts("output_names")
        model.inputShape = try entry.shape("input_shape")
        models.append(model)
        keys.append(key)
    }

    /// Where the file of a model is: a path is first taken from the folder of the file of models, then from the folder
    /// in which the program runs.
    private func located(_ artifact: String) -> String {
        guard !artifact.hasPrefix("/") else { return artifact }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let beside = folder + artifact
        return FileManager.default.fileExists(atPath: beside) ? beside : artifact
    }
}

/// The fields of one model, each checked as it is taken.
private struct Entry {
    let table: TOMLTable
    let fault: (_ field: String, _ problem: String) -> StartupError

    func text(_ field: String) throws -> String? {
        guard let value = table[field] else { return nil }
        guard let text = value.string else { throw fault(field, "expected a text") }
        return text
    }

    func texts(_ field: String) throws -> [String]? {
        guard let value = table[field] else { return nil }
        let texts = value.array.map { array in array.map { $0.string } }
        guard let texts, !texts.contains(nil) else { throw fault(field, "expected a list of texts") }
        return texts.compactMap { $0 }
    }

    func shape(_ field: String) throws -> [Int]? {
        guard let value = table[field] else { return nil }
        let lengths = value.array.map { array in array.map { $0.int } }
        guard let lengths, lengths.allSatisfy({ ($0 ?? -2) >= -1 }) else {
            throw fault(field, "expected a list of lengths, -1 where one is free")
        }
        return lengths.compactMap { $0 }
    }

    /// A whole number, written as one or as a text.
    func version() throws -> Int {
        guard let value = table["version"] else {
            throw fault("version", "is missing: a whole number, 1 or more")
        }
        guard let number = value.int ?? value.string.flatMap({ Int($0) }), number >= 1 else {
            throw fault("version", "expected a whole number, 1 or more, as a number or a text")
        }
        return number
    }

    func digest() throws -> ContentDigest? {
        guard let text = try text("sha256") else { return nil }
        guard let digest = ContentDigest(text) ?? ContentDigest(digits: text) else {
            throw fault("sha256", "expected 64 hexadecimal characters")
        }
        return digest
    }
}
