import Hummingbird
import Kernel
import Ledger
import Registry

/// Transitions that need two people, and the models for which nothing else is allowed.
struct TransitionRequestRoutes: Sendable {
    let registry: RegistryService
    /// Whether an MLflow server behind this one keeps the models that clients make.
    let isBeforeMLflow: Bool

    func add(to router: Router<MartletContext>) {
        let group = router.group("api/v1/registry")
        group.get("models/:name/protection", use: protection)
        group.put("models/:name/protection", use: protect)
        group.post("transition-requests", use: create)
        group.get("transition-requests", use: list)
        group.get("transition-requests/:id", use: get)
        group.post("transition-requests/:id/approve", use: approve)
        group.post("transition-requests/:id/reject", use: reject)
        group.post("transition-requests/:id/comments", use: comment)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        let new = NewTransitionRequest(
            modelName: try fields.string("model_name") ?? fields.requiredString("model_id"),
            version: try fields.versionReference("version"),
            stage: try ModelStage(seed: try fields.requiredString("stage")),
            archivesOthers: try fields.boolean("archive_existing_versions"),
            checklist: try fields.checklist() ?? [],
            comment: try fields.string("comment") ?? ""
        )
        let made = try await registry.requestTransition(new, by: context.actor)
        return .json(status: .created) { $0.transitionRequest(made) }
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(queryOf: request)
        let modelName = try fields.string("model_name")
        let filter = TransitionRequestFilter(
            modelName: modelName,
            number: try await number(fields, of: modelName),
            state: try fields.oneOf("state")
        )
        let page = try await registry.transitionRequests(
            filter,
            limit: try fields.limit("limit", default: 100, max: RegistryService.transitionPageMax),
            page: try fields.page()
        )
        return .json { $0.list("transition_requests", page) { $0.transitionRequest($1) } }
    }

    /// The number of the version that `version` names; a semantic version is one of a model's.
    private func number(_ fields: MLflowFields, of modelName: String?) async throws -> Int? {
        if let modelName, let text = try fields.string("version"), (try? SemanticVersion(text: text)) != nil {
            return try await registry.versionNumber(text, of: modelName)
        }
        return try fields.integer("version").map { Int(clamping: $0) }
    }

    @Sendable private func get(_ request: Request, _ context: MartletContext) async throws -> Response {
        let found = try await registry.transitionRequest(try context.parameters.require("id"))
        return .json { $0.transitionRequest(found) }
    }

    @Sendable private func approve(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObjectIfAny())
        let approved = try await registry.approveTransition(
            try context.parameters.require("id"),
            checklist: try fields.checklist(),
            comment: try fields.string("comment") ?? "",
            by: context.actor
        )
        return .json { $0.transitionRequest(approved) }
    }

    @Sendable private func reject(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObjectIfAny())
        let rejected = try await registry.rejectTransition(
            try context.parameters.require("id"),
            comment: try fields.string("comment") ?? "",
            by: context.actor
        )
        return .json { $0.transitionRequest(rejected) }
    }

    @Sendable private func comment(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        let discussed = try await registry.commentOnTransition(
            try context.parameters.require("id"),
            try fields.requiredString("text"),
            by: context.actor
        )
        return .json { $0.transitionRequest(discussed) }
    }

    @Sendable private func protect(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        guard let isProtected = try fields.boolean("protected") else { throw fields.missing("protected") }
        let name = try context.decodedParameter("name")
        let model = try await found { try await registry.setProtection(of: name, isProtected, by: context.actor) }
        return .json(status: model.liftRequest == nil ? .ok : .accepted) { $0.protection(of: model) }
    }

    @Sendable private func protection(_ request: Request, _ context: MartletContext) async throws -> Response {
        let name = try context.decodedParameter("name")
        let model = try await found { try await registry.model(name) }
        return .json { $0.protection(of: model) }
    }

    /// The model that `find` gives.
    private func found(_ find: () async throws -> RegisteredModel) async throws -> RegisteredModel {
        do {
            return try await find()
        } catch let error as MartletError where isBeforeMLflow && error.code == .resourceDoesNotExist {
            throw MartletError(
                .notImplemented,
                "The models are the MLflow server's that is behind this one, and MLflow has no protection."
            )
        }
    }
}

extension MartletContext {
    /// The path's part `name`, percent-encoding undone.
    func decodedParameter(_ name: String) throws -> String {
        let text = try parameters.require(name)
        return PercentEncoding.decode(text) ?? text
    }
}

extension ModelStage {
    /// The stage called `seed`, in any case of its letters; `development` is one that nobody chose yet.
    init(seed: String) throws {
        if seed.lowercased() == "development" { self = .none } else { try self.init(text: seed) }
    }
}

extension MLflowFields {
    /// The version that `name` names: a number, also written as text, or a semantic version.
    func versionReference(_ name: String) throws -> VersionReference {
        if let number = try value(name)?.integerValue { return try VersionReference(text: String(number)) }
        return try VersionReference(text: try requiredString(name))
    }

    /// The items of `checklist`; nil when there is none.
    func checklist() throws -> [ChecklistItem]? {
        guard try value("checklist") != nil else { return nil }
        return try objects("checklist").map { item in
            ChecklistItem(item: try item.requiredString("item"), isCompleted: try item.boolean("completed") ?? false)
        }
    }
}

extension JSONWriter {
    /// Whether a model is protected, and who wishes that lifted.
    fileprivate mutating func protection(of model: RegisteredModel) {
        object { writer in
            writer.member("name", model.name)
            writer.member("protected", model.isProtected)
            guard let lift = model.liftRequest else { return }
            writer.member("lift_requested_by", lift.requestedBy.name)
            writer.member("lift_requested_at", lift.requestedAt)
        }
    }

    /// A transition request as the API shows it.
    mutating func transitionRequest(_ request: TransitionRequest) {
        object { writer in
            writer.member("id", request.id)
            writer.member("model_name", request.modelName)
            writer.member("version", String(request.number))
            writer.member("from_stage", request.from.rawValue)
            writer.member("stage", request.to.rawValue)
            writer.member("archive_existing_versions", request.archivesOthers)
            writer.member("state", request.state.rawValue)
            writer.member("requested_by", request.requestedBy.name)
            writer.member("requested_at", request.requestedAt)
            writer.member("decided_by", ifPresent: request.decidedBy?.name)
            if let decidedAt = request.decidedAt { writer.member("decided_at", decidedAt) }
            writer.name("checklist")
            writer.array { writer in
                for item in request.checklist {
                    writer.object { writer in
                        writer.member("item", item.item)
                        writer.member("completed", item.isCompleted)
                    }
                }
            }
            writer.name("comments")
            writer.array { writer in
                for comment in request.comments {
                    writer.object { writer in
                        writer.member("author", comment.author.name)
                        writer.member("at", comment.at)
                        writer.member("text", comment.text)
                    }
                }
            }
        }
    }
}
