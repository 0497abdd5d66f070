import Kernel

/// What a scorer may be, by MLflow's rules where it has any.
enum ScorerRules {
    /// Scorers of one experiment.
    static let countMax = 200
    /// Versions of one scorer.
    static let versionsMax = 500
    /// Scorers in one answer, of several experiments.
    static let listMax = 2000
    /// Ids in one question.
    static let idsMax = 1000
    private static let nameMax = 256
    private static let bytesMax = 256 << 10
    private static let filterMax = 10_000
    /// What chooses where a judge's requests go.
    private static let destinations: Set = ["api_base", "base_url", "model_list", "fallbacks", "custom_llm_provider"]

    static func check(name: String) throws(MartletError) {
        guard name.contains(where: { !$0.isWhitespace }) else {
            throw invalid("Scorer name cannot be empty or contain only whitespace.")
        }
        guard name.unicodeScalars.count <= nameMax else {
            throw invalid("Scorer name exceeds the maximum length of \(nameMax) characters.")
        }
    }

    static func check(_ definition: ScorerDefinition) throws(MartletError) {
        guard definition.text.utf8.count <= bytesMax else {
            throw invalid("serialized_scorer is longer than \(bytesMax) bytes.")
        }
        let document = JSON.object(definition.document)
        guard !hasCode(document) else {
            throw invalid(
                "Custom scorers (of the @scorer decorator) can't be registered: whoever loads one runs its code. Keep "
                    + "the code where code is reviewed, or register built-in scorers or make_judge() scorers."
            )
        }
        try checkThirdParties(document)
        guard let model = definition.model else { return }
        guard let name = model.stringValue else {
            throw invalid("Scorer model must be a string, not of type \(model.kind).")
        }
        guard name.contains(where: { !$0.isWhitespace }) else {
            throw invalid("Scorer model cannot be empty or contain only whitespace.")
        }
    }

    static func check(sampleRate: Double, filter: String?) throws(MartletError) {
        guard (0...1).contains(sampleRate) else {
            throw invalid("sample_rate must be between 0.0 and 1.0, got \(sampleRate)")
        }
        guard (filter ?? "").utf8.count <= filterMax else {
            throw invalid("filter_string is longer than \(filterMax) bytes.")
        }
    }

    /// Whether a scorer, or one within it, carries source that a client would run.
    private static func hasCode(_ value: JSON) -> Bool {
        switch value {
        case .object(let object):
            object.members.contains { ($0.name == "call_source" && $0.value != .null) || hasCode($0.value) }
        case .array(let elements): elements.contains(where: hasCode)
        default: false
        }
    }

    /// Refuses scorers of other libraries that would send their judge's requests, with its key, somewhere else.
    private static func checkThirdParties(_ value: JSON) throws(MartletError) {
        switch value {
        case .array(let elements): for element in elements { try checkThirdParties(element) }
        case .object(let object):
            for member in object.members {
                if member.name == "third_party_scorer_data", let data = member.value.objectValue {
                    try checkArguments(data["kwargs"] ?? .null)
                }
                try checkThirdParties(member.value)
            }
        default: break
        }
    }

    private static func checkArguments(_ arguments: JSON) throws(MartletError) {
        guard arguments == .null || arguments.objectValue != nil else {
            throw invalid("third_party_scorer_data.kwargs must be a JSON object, not of type \(arguments.kind).")
        }
        let found = destinations(in: arguments).sorted()
        guard found.isEmpty else {
            throw invalid(
                "third_party_scorer_data.kwargs must not contain \(found.joined(separator: ", ")): they choose where "
                    + "the judge's requests go. Name a gateway endpoint ('gateway:/NAME') as the model instead."
            )
        }
    }

    private static func destinations(in value: JSON) -> Set<String> {
        switch value {
        case .object(let object):
            object.members.reduce(into: []) { found, member in
                if destinations.contains(member.name) { found.insert(member.name) }
                found.formUnion(destinations(in: member.value))
            }
        case .array(let elements):
            elements.reduce(into: []) { found, element in
                // A list of pairs is a way to write an object too.
                if let pair = element.arrayValue, pair.count == 2, let name = pair[0].stringValue,
                    destinations.contains(name)
                {
                    found.insert(name)
                }
                found.formUnion(destinations(in: element))
            }
        default: []
        }
    }

    static func invalid(_ message: String) -> MartletError {
        MartletError(.invalidParameterValue, message)
    }
}
