/// A step in the history of MLflow's tables, which have one line of them; it stands in the table `alembic_version`.
struct MLflowRevision: Comparable, Sendable {
    /// The steps that this import reads, from MLflow 2.0 to 3.18, in MLflow's order.
    private static let known = [
        "97727af70f4d", "3500859a5d39", "7f2a7d5fae7d", "2d6e25af4d3e", "acf3f17fdcc7", "867495a8f9d4", "5b0e9adcef9c",
        "4465047574b1", "f5a4f2784254", "0584bdc529eb", "400f98739977", "6953534de441", "bda7b8c39065", "cbc13b556ace",
        "770bee3ae1dd", "a1b2c3d4e5f6", "de4033877273", "1a0cddfcaa16", "534353b11cbc", "71994744cf8e", "3da73c924c2f",
        "bf29a5ff90ea", "1bd49d398cd23", "b7c8d9e0f1a2", "5d2d30f0abce", "c9d4e5f6a7b8", "2c33131f4dae", "d3e4f5a6b7c8",
        "d0e1f2a3b4c5", "c8d9e0f1a2b3", "1b5f0d9ad7c1", "e1f2a3b4c5d6", "76601a5f987d", "c3d6457b6d8a", "a5b4c3d2e1f0",
        "ae8bbe7743c9", "7d34483879f0", "da6fb0208061", "89d3d66ed43f", "b7e4c1a90f23", "a8b9c0d1e2f3", "c1d2e3f4a5b6",
        "c3d9e7f1a2b4", "6f8d9c3b2a1e", "1971f2d9a75b", "17e22815139b", "b7e2c1a4d9f3", "75868b020152", "dc11669786a5",
        "e7d1f4b2a9c6", "8b6ad64cb8f5", "f4a9b2c7d1e6",
    ]

    /// What is supported, for a person who has something else.
    static let supported = "MLflow 2.0 (\(known[0])) to 3.18 (\(known[known.count - 1]))"

    /// With it came aliases of registered models.
    static let aliases = MLflowRevision(place: 1)
    /// With it came datasets and inputs.
    static let inputs = MLflowRevision(place: 2)
    /// With it model versions got a storage location.
    static let storageLocations = MLflowRevision(place: 4)
    /// With it came logged models.
    static let loggedModels = MLflowRevision(place: 10)
    /// With it inputs got a step.
    static let inputSteps = MLflowRevision(place: 11)
    /// With it came traces.
    static let traces = MLflowRevision(place: 5)
    /// With it traces got the beginnings of what was asked and answered.
    static let tracePreviews = MLflowRevision(place: 13)
    /// With it came assessments of traces.
    static let assessments = MLflowRevision(place: 14)
    /// With it came spans in the database.
    static let spans = MLflowRevision(place: 15)
    /// With it came links between traces and runs.
    static let entityAssociations = MLflowRevision(place: 16)
    /// With it came webhooks.
    static let webhooks = MLflowRevision(place: 17)
    /// With it came workspaces.
    static let workspaces = MLflowRevision(place: 30)
    /// With it a trace's name, session, tokens and costs moved from its tags and metadata into columns.
    static let traceColumns = MLflowRevision(place: 47)

    private let place: Int

    private init(place: Int) {
        self.place = place
    }

    /// The step called `name`; nil for one before MLflow 2.0 or after 3.18.
    init?(_ name: String) {
        guard let place = Self.known.firstIndex(of: name) else { return nil }
        self.place = place
    }

    static func < (left: MLflowRevision, right: MLflowRevision) -> Bool {
        left.place < right.place
    }
}
