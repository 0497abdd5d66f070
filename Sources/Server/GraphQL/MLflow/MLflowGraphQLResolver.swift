import Kernel

/// Finds what is behind the fields at the top of MLflow's schema, by MLflow's REST calls; one for each request.
struct MLflowGraphQLResolver {
    /// The most runs or versions that one field answers; further pages have their tokens.
    static let pageMax: Int64 = 1000
    /// The most calls that one request costs.
    static let callsMax = 100
    /// So many runs are looked for at once among the versions.
    private static let runsPerCall = 100

    private let ask: (MLflowCall) async throws -> JSONObject
    private var callCount = 0
    private var experiments: [String: JSON] = [:]

    /// A resolver of one request, which asks by `ask`.
    init(_ ask: @escaping (MLflowCall) async throws -> JSONObject) {
        self.ask = ask
    }

    /// The object behind `field`, its members named as in REST answers; nil for null.
    ///
    /// - Throws: ``GraphQLError``; what the call throws.
    mutating func object(behind field: GraphQLPlan.Field) async throws -> JSONObject? {
        switch field.definition?.name {
        case "mlflowGetExperiment": return try await call(.get("experiments/get", try input(field)))
        case "mlflowGetRun": return try await run(field)
        case "mlflowSearchRuns": return try await runs(field)
        case "mlflowListArtifacts": return try await call(.get("artifacts/list", try input(field)))
        case "mlflowGetMetricHistoryBulkInterval":
            return try await call(.get("metrics/get-history-bulk-interval", try input(field)))
        case "mlflowSearchDatasets": return try await call(.post("experiments/search-datasets", try input(field)))
        case "mlflowSearchModelVersions":
            return try await call(.get("model-versions/search", Self.bounded(try input(field))))
        case "test":
            guard let text = field.arguments["inputString"] else { throw Self.missing("inputString", field) }
            return ["output": text]
        default:
            // MLflow's own `testMutation` is null.
            return nil
        }
    }

    private func input(_ field: GraphQLPlan.Field) throws -> JSONObject {
        guard let input = field.arguments["input"]?.objectValue else { throw Self.missing("input", field) }
        return input
    }

    private static func missing(_ argument: String, _ field: GraphQLPlan.Field) -> GraphQLError {
        GraphQLError("Argument '\(argument)' of field '\(field.definition?.name ?? field.key)' is required.")
    }

    /// A search that asks for no more than a page may hold.
    private static func bounded(_ input: JSONObject) -> JSONObject {
        var input = input
        input["max_results"] = .integer(min(input["max_results"]?.integerValue ?? pageMax, pageMax))
        return input
    }

    private mutating func call(_ call: MLflowCall) async throws -> JSONObject {
        callCount += 1
        guard callCount <= Self.callsMax else {
            throw GraphQLError("The query needs more than \(Self.callsMax) look-ups. Ask for fewer runs at once.")
        }
        return try await ask(call)
    }
}

/// Runs, with the experiment and the versions of each where they are asked for.
extension MLflowGraphQLResolver {
    private mutating func run(_ field: GraphQLPlan.Field) async throws -> JSONObject {
        var answer = try await call(.get("runs/get", try input(field)))
        guard let run = answer["run"] else { return answer }
        answer["run"] = try await related([run], asked: field, "run").first
        return answer
    }

    private mutating func runs(_ field: GraphQLPlan.Field) async throws -> JSONObject {
        var answer = try await call(.post("runs/search", Self.bounded(try input(field))))
        answer["runs"] = .array(try await related(answer["runs"]?.arrayValue ?? [], asked: field, "runs"))
        return answer
    }

    /// `runs` with what is asked of the runs that stand under `name` in the answer.
    private mutating func related(
        _ runs: [JSON],
        asked field: GraphQLPlan.Field,
        _ name: String
    ) async throws -> [JSON] {
        let asked = field.selection?.fields.filter { $0.definition?.name == name } ?? []
        var objects = runs.compactMap(\.objectValue)
        if asked.contains(where: { $0.asks("experiment") }) {
            for index in objects.indices {
                objects[index]["experiment"] = try await experiment(Self.info("experiment_id", of: objects[index]))
            }
        }
        if asked.contains(where: { $0.asks("modelVersions") }) {
            let versions = try await versions(of: objects.map { Self.info("run_id", of: $0) })
            for index in objects.indices {
                objects[index]["model_versions"] = .array(versions[Self.info("run_id", of: objects[index])] ?? [])
            }
        }
        return objects.map { .object($0) }
    }

    private static func info(_ name: String, of run: JSONObject) -> String {
        run["info"]?.objectValue?[name]?.stringValue ?? ""
    }

    private mutating func experiment(_ id: String) async throws -> JSON? {
        if let known = experiments[id] { return known }
        let found = try await call(.get("experiments/get", ["experiment_id": .string(id)]))["experiment"]
        experiments[id] = found
        return found
    }

    private mutating func versions(of runs: [String]) async throws -> [String: [JSON]] {
        // An id that is none of ours could end the quotes around it.
        let runs = runs.filter { $0.utf8.allSatisfy { $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\\") } }
        var versions: [String: [JSON]] = [:]
        for start in stride(from: 0, to: runs.count, by: Self.runsPerCall) {
            let list = runs[start..<min(start + Self.runsPerCall, runs.count)].map { "'\($0)'" }.joined(separator: ", ")
            var search: JSONObject = [
                "filter": .string("run_id IN (\(list))"), "max_results": .integer(Self.pageMax),
            ]
            repeat {
                let page = try await call(.get("model-versions/search", search))
                for version in page["model_versions"]?.arrayValue ?? [] {
                    guard let run = version.objectValue?["run_id"]?.stringValue else { continue }
                    versions[run, default: []].append(version)
                }
                search["page_token"] = page["next_page_token"]
            } while search["page_token"] != nil
        }
        return versions
    }
}
