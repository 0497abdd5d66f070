import Kernel

extension MartletClient {
    private static let tracking = "/api/2.0/mlflow"
    private static let pageMax: Int64 = 1000

    /// Which of the active and the deleted a search finds.
    package enum View: String, Sendable, CaseIterable {
        case active = "ACTIVE_ONLY"
        case deleted = "DELETED_ONLY"
        case all = "ALL"
    }

    /// What a search looks for.
    package struct Search: Sendable {
        /// A filter in MLflow's grammar; all when absent.
        package var filter: String?
        /// Columns in MLflow's grammar, the first the most important; the server's order when empty.
        package var orderBy: [String]
        /// Which of the active and the deleted it finds.
        package var view: View

        /// A search for what is active, unless `view` says otherwise.
        package init(filter: String? = nil, orderBy: [String] = [], view: View = .active) {
            self.filter = filter
            self.orderBy = orderBy
            self.view = view
        }
    }

    // MARK: Experiments

    /// The experiments that `search` finds.
    package func experiments(_ search: Search = Search()) -> Pages<Experiment> {
        Pages("experiments") { token throws(ClientError) in
            try await send(
                Self.tracking + "/experiments/search",
                [
                    "filter": .optional(search.filter), "order_by": .array(search.orderBy.map { .string($0) }),
                    "view_type": .string(search.view.rawValue), "max_results": .integer(Self.pageMax),
                    "page_token": .optional(token),
                ]
            )
        }
    }

    /// The experiment of that id; else, when there is none, of that name.
    ///
    /// - Throws: ``ClientError``.
    package func experiment(_ idOrName: String) async throws(ClientError) -> Experiment {
        // An id is digits of 64 bits at most; the server takes any other text for a fault.
        if Int64(idOrName) != nil, idOrName.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            do {
                return try await experiment(at: "/experiments/get", ("experiment_id", idOrName))
            } catch {
                // Digits may be a name as well.
                guard error.kind == .notFound else { throw error }
            }
        }
        do {
            return try await experiment(at: "/experiments/get-by-name", ("experiment_name", idOrName))
        } catch {
            guard error.kind == .notFound else { throw error }
            throw ClientError(
                .notFound,
                "There is no experiment '\(idOrName)'.",
                remedy: "'martlet experiments list' shows those that there are.",
                code: error.code
            )
        }
    }

    private func experiment(at path: String, _ item: (String, String)) async throws(ClientError) -> Experiment {
        let answer = try await get(Self.tracking + path, [(item.0, item.1)])
        return Experiment(answer.member(["experiment"]) ?? .null)
    }

    /// Makes an experiment; its id.
    ///
    /// - Throws: ``ClientError``; the server refuses a name that is taken, even by a deleted experiment.
    package func createExperiment(
        _ name: String,
        artifactLocation: String? = nil,
        tags: [(String, String)] = []
    ) async throws(ClientError) -> String {
        let answer = try await send(
            Self.tracking + "/experiments/create",
            ["name": .string(name), "artifact_location": .optional(artifactLocation), "tags": .tags(tags)]
        )
        return answer.member(["experiment_id"])?.stringValue ?? ""
    }

    /// Gives an experiment another name.
    ///
    /// - Throws: ``ClientError``.
    package func renameExperiment(_ id: String, to name: String) async throws(ClientError) {
        _ = try await send(
            Self.tracking + "/experiments/update",
            ["experiment_id": .string(id), "new_name": .string(name)]
        )
    }

    /// Marks an experiment and its runs as deleted.
    ///
    /// - Throws: ``ClientError``.
    package func deleteExperiment(_ id: String) async throws(ClientError) {
        _ = try await send(Self.tracking + "/experiments/delete", ["experiment_id": .string(id)])
    }

    /// Takes the mark of a deletion from an experiment and its runs.
    ///
    /// - Throws: ``ClientError``.
    package func restoreExperiment(_ id: String) async throws(ClientError) {
        _ = try await send(Self.tracking + "/experiments/restore", ["experiment_id": .string(id)])
    }

    // MARK: Runs

    /// The runs of `experiments` (ids) that `search` finds.
    package func runs(of experiments: [String], _ search: Search = Search()) -> Pages<Run> {
        Pages("runs") { token throws(ClientError) in
            try await send(
                Self.tracking + "/runs/search",
                [
                    "experiment_ids": .array(experiments.map { .string($0) }), "filter": .optional(search.filter),
                    "order_by": .array(search.orderBy.map { .string($0) }),
                    "run_view_type": .string(search.view.rawValue), "max_results": .integer(Self.pageMax),
                    "page_token": .optional(token),
                ]
            )
        }
    }

    /// The run of that id.
    ///
    /// - Throws: ``ClientError``.
    package func run(_ id: String) async throws(ClientError) -> Run {
        let answer = try await get(Self.tracking + "/runs/get", [("run_id", id)])
        return Run(answer.member(["run"]) ?? .null)
    }

    /// Marks a run as deleted.
    ///
    /// - Throws: ``ClientError``.
    package func deleteRun(_ id: String) async throws(ClientError) {
        _ = try await send(Self.tracking + "/runs/delete", ["run_id": .string(id)])
    }

    /// Takes the mark of a deletion from a run.
    ///
    /// - Throws: ``ClientError``.
    package func restoreRun(_ id: String) async throws(ClientError) {
        _ = try await send(Self.tracking + "/runs/restore", ["run_id": .string(id)])
    }

    /// All points of one metric of a run, in the order in which the server keeps them.
    package func metricHistory(of run: String, _ key: String) -> Pages<MetricPoint> {
        Pages("metrics") { token throws(ClientError) in
            try await get(
                Self.tracking + "/metrics/get-history",
                [("run_id", run), ("metric_key", key), ("max_results", "25000"), ("page_token", token)]
            )
        }
    }
}

extension JSON {
    /// The text, or null for none.
    static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    /// MLflow's list of tags; null for none.
    static func tags(_ tags: [(String, String)]) -> JSON {
        tags.isEmpty ? .null : .array(tags.map { ["key": .string($0.0), "value": .string($0.1)] })
    }
}
