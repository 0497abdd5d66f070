import Kernel

/// What a serialized scorer says, as far as the server must know it.
struct ScorerDefinition: Sendable {
    private static let gateway = "gateway:/"
    private static let instructions = "instructions_judge_pydantic_data"
    /// Members that hold a judge with its `model`, in the order in which MLflow looks for them.
    private static let judges = [instructions, "builtin_scorer_pydantic_data"]
    private static let nested = ["memory_augmented_judge_data", "base_judge"]
    private static let thirdParty = "third_party_scorer_data"

    /// The scorer as it was written.
    let text: String
    /// Its members.
    let document: JSONObject
    /// Where the name of the model that judges stands; nil in a scorer that knows none.
    private let modelPath: [String]?

    /// The scorer that `text` is.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is no JSON object.
    init(_ text: String) throws {
        guard let document = try? JSON.parse(text.utf8, nonFinite: .accept).objectValue else {
            throw MartletError(.invalidParameterValue, "serialized_scorer must be valid JSON, an object.")
        }
        self.text = text
        self.document = document
        modelPath = Self.modelPath(in: document)
    }

    /// The model that judges, as it stands there; nil when none is named.
    var model: JSON? {
        guard let model = modelPath.flatMap({ Self.value(at: $0[...], in: document) }), model != .null else {
            return nil
        }
        return model
    }

    /// What names the gateway's endpoint that judges; nil when no endpoint does.
    var endpoint: String? {
        guard let model = model?.stringValue, model.hasPrefix(Self.gateway) else { return nil }
        let reference = model.dropFirst(Self.gateway.count).drop { $0 == "/" }
        return reference.isEmpty ? nil : String(reference)
    }

    /// The scorer's text with the endpoint that judges named `reference`; with no model where that is nil.
    func text(naming reference: String?) -> String {
        guard let modelPath else { return text }
        let model = reference.map { JSON.string(Self.gateway + $0) } ?? .null
        return JSON.object(Self.setting(model, at: modelPath[...], in: document)).text
    }

    /// Whether the judge asks for what is expected, which nobody knows of a trace that just came in.
    var needsExpectations: Bool {
        guard let text = document[Self.instructions]?.objectValue?["instructions"]?.stringValue else { return false }
        return text.split(separator: "{{", omittingEmptySubsequences: false).dropFirst().contains { part in
            part.split(separator: "}}", omittingEmptySubsequences: false).first?
                .filter { !$0.isWhitespace } == "expectations"
        }
    }

    private static func modelPath(in document: JSONObject) -> [String]? {
        for name in judges where !isEmpty(document[name]) { return [name, "model"] }
        if !isEmpty(document[nested[0]]) {
            guard let judge = value(at: nested[...], in: document)?.objectValue else { return nil }
            return modelPath(in: judge).map { nested + $0 }
        }
        return isEmpty(document[thirdParty]) ? nil : [thirdParty, "model"]
    }

    private static func isEmpty(_ value: JSON?) -> Bool {
        value?.objectValue?.members.isEmpty ?? true
    }

    private static func value(at path: ArraySlice<String>, in object: JSONObject) -> JSON? {
        guard let name = path.first, let value = object[name] else { return nil }
        guard path.count > 1 else { return value }
        return value.objectValue.flatMap { Self.value(at: path.dropFirst(), in: $0) }
    }

    private static func setting(_ value: JSON, at path: ArraySlice<String>, in object: JSONObject) -> JSONObject {
        guard let name = path.first else { return object }
        var changed = object
        if path.count == 1 {
            changed[name] = value
        } else if let inner = object[name]?.objectValue {
            changed[name] = .object(setting(value, at: path.dropFirst(), in: inner))
        }
        return changed
    }
}
