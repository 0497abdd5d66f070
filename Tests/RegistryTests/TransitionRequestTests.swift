import Kernel
import Ledger
import Registry
import TestSupport
import Testing

@Suite("A transition request")
struct TransitionRequestTests {
    private static let ada = Actor(name: "ada")
    private static let bob = Actor(name: "bob")

    private static func request(
        _ number: Int = 1,
        to stage: ModelStage = .production,
        _ checklist: [ChecklistItem] = [],
        comment: String = ""
    ) -> NewTransitionRequest {
        NewTransitionRequest(
            modelName: "m",
            version: .number(number),
            stage: stage,
            checklist: checklist,
            comment: comment
        )
    }

    @Test(
        "moves the version when somebody else approves it, and archives the one it replaces",
        arguments: DatabaseBackend.allCases
    )
    func approval(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            let registry = world.registry
            _ = try await registry.transition("m", 1, to: .production, archivingOthers: false, by: .local)
            let made = try await registry.requestTransition(Self.request(2, comment: "it is better"), by: Self.ada)
            #expect(made.state == .pending && made.from == .none && made.archivesOthers && made.decidedBy == nil)
            #expect(try await world.stages(of: "m") == [1: "Production", 2: "None"])
            world.clock.advance(byMilliseconds: 7)
            let approved = try await registry.approveTransition(
                made.id,
                checklist: nil,
                comment: "so it is",
                by: Self.bob
            )
            #expect(approved.state == .approved && approved.decidedBy == Self.bob)
            #expect(approved.decidedAt == world.clock.now())
            #expect(approved.comments.map(\.text) == ["it is better", "so it is"])
            #expect(approved.comments.map(\.author) == [Self.ada, Self.bob])
            #expect(try await world.stages(of: "m") == [1: "Archived", 2: "Production"])
            let kept = try await registry.transitionRequest(made.id)
            #expect(kept.state == .approved && kept.comments == approved.comments)
            #expect(
                try await world.trace(of: ModelVersion.subject("m", 2)).last
                    == #"model_version.transitioned {"archived":[1],"from":"None","requested_by":"ada","#
                    + #""to":"Production","transition_request":"\#(made.id)"}"#
            )
            let trail = try await world.activities.activities(after: 0, limit: 100)
            let decisions = trail.filter { $0.subject.kind == "transition_request" }
            #expect(decisions.map(\.action) == ["transition_request.created", "transition_request.approved"])
            #expect(decisions.map(\.actor) == [Self.ada, Self.bob])
        }
    }

    @Test("is never approved by the one who made it", arguments: [Actor.local, Actor(name: "ada")])
    func twoPeople(actor: Actor) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m", versions: 1)
            let made = try await world.registry.requestTransition(Self.request(), by: actor)
            let told = await refusal {
                _ = try await world.registry.approveTransition(made.id, checklist: nil, comment: "", by: actor)
            }
            #expect(told.hasPrefix("PERMISSION_DENIED: '\(actor.name)' made the transition request"))
            #expect(try await world.stages(of: "m") == [1: "None"])
            #expect(try await world.registry.transitionRequest(made.id).state == .pending)
        }
    }

    @Test("is rejected with a word, and changes nothing", arguments: DatabaseBackend.allCases)
    func rejection(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let registry = world.registry
            let made = try await registry.requestTransition(Self.request(), by: Self.ada)
            _ = try await registry.commentOnTransition(made.id, "why?", by: Self.bob)
            let rejected = try await registry.rejectTransition(made.id, comment: "not yet", by: Self.bob)
            #expect(rejected.state == .rejected && rejected.comments.map(\.text) == ["why?", "not yet"])
            #expect(try await world.stages(of: "m") == [1: "None"])
            for decide in [
                { _ = try await registry.approveTransition(made.id, checklist: nil, comment: "", by: Self.bob) },
                { _ = try await registry.rejectTransition(made.id, comment: "", by: Self.bob) },
            ] as [() async throws -> Void] {
                #expect(
                    await refusal(decide)
                        == "RESOURCE_CONFLICT: The transition request \(made.id) was rejected already by bob."
                        + " Make another."
                )
            }
            // Once decided, the same may be asked for again.
            #expect(try await registry.requestTransition(Self.request(), by: Self.ada).id > made.id)
        }
    }

    @Test("is over when its version is deleted", arguments: DatabaseBackend.allCases)
    func deletion(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            let registry = world.registry
            let made = try await registry.requestTransition(Self.request(2), by: Self.ada)
            let other = try await registry.requestTransition(Self.request(1), by: Self.ada)
            try await registry.deleteVersion("m", 2, by: Self.bob)
            let kept = try await registry.transitionRequest(made.id)
            #expect(kept.state == .rejected && kept.decidedBy == Self.bob)
            #expect(kept.comments.map(\.text) == ["The version was deleted."])
            #expect(try await registry.transitionRequest(other.id).state == .pending)
        }
    }

    @Test("waits for its checklist, of which no item is lost", arguments: DatabaseBackend.allCases)
    func checklist(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let registry = world.registry
            let items = [
                ChecklistItem(item: "tests", isCompleted: true), ChecklistItem(item: "card", isCompleted: false),
            ]
            let made = try await registry.requestTransition(Self.request(1, to: .staging, items), by: Self.ada)
            #expect(made.checklist == items)
            func approve(_ checklist: [ChecklistItem]?) async -> String {
                await refusal {
                    _ = try await registry.approveTransition(made.id, checklist: checklist, comment: "", by: Self.bob)
                }
            }
            #expect(await approve(nil).hasPrefix("RESOURCE_CONFLICT: The checklist is not done: 'card'."))
            #expect(await approve([items[0]]).hasPrefix("INVALID_PARAMETER_VALUE: The checklist lacks 'card'"))
            #expect(await approve([]).hasPrefix("INVALID_PARAMETER_VALUE: The checklist lacks 'card'"))
            #expect(try await world.stages(of: "m") == [1: "None"])
            let done = items.map { ChecklistItem(item: $0.item, isCompleted: true) }
            let approved = try await registry.approveTransition(made.id, checklist: done, comment: "", by: Self.bob)
            #expect(approved.checklist == done)
            #expect(try await registry.transitionRequest(made.id).checklist == done)
            #expect(try await world.stages(of: "m") == [1: "Staging"])
        }
    }

    @Test("is the only one of its kind at a time, and asks for a change", arguments: DatabaseBackend.allCases)
    func refusals(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            let registry = world.registry
            func ask(_ new: NewTransitionRequest) async -> String {
                await refusal { _ = try await registry.requestTransition(new, by: Self.ada) }
            }
            #expect(await ask(Self.request()) == "nothing was refused")
            #expect(await ask(Self.request()).hasPrefix("RESOURCE_ALREADY_EXISTS:"))
            #expect(await ask(Self.request(1, to: .staging)) == "nothing was refused")
            #expect(await ask(Self.request(2)) == "nothing was refused")
            #expect(await ask(Self.request(2, to: .none)).hasPrefix("INVALID_PARAMETER_VALUE:"))
            #expect(
                await ask(Self.request(3)) == "RESOURCE_DOES_NOT_EXIST: Model Version (name=m, version=3) not found"
            )
            var twice = Self.request(2, to: .staging)
            twice.checklist = [
                ChecklistItem(item: "a", isCompleted: true), ChecklistItem(item: "a", isCompleted: false),
            ]
            #expect(await ask(twice).hasPrefix("INVALID_PARAMETER_VALUE:"))
            var archiving = Self.request(2, to: .archived)
            archiving.archivesOthers = true
            #expect(await ask(archiving).hasPrefix("INVALID_PARAMETER_VALUE:"))
            #expect(
                await refusal { _ = try await registry.transitionRequest("x") }.hasPrefix("RESOURCE_DOES_NOT_EXIST:")
            )
        }
    }

    @Test("is found by model, version and state, newest first, page by page", arguments: DatabaseBackend.allCases)
    func lists(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 3)
            let registry = world.registry
            var ids: [String] = []
            for number in 1...3 {
                ids.append(try await registry.requestTransition(Self.request(number), by: Self.ada).id)
            }
            _ = try await registry.rejectTransition(ids[1], comment: "", by: Self.bob)
            func list(_ filter: TransitionRequestFilter) async throws -> [String] {
                try await registry.transitionRequests(filter, limit: 10, page: nil).items.map(\.id)
            }
            #expect(try await list(TransitionRequestFilter()) == ids.reversed())
            #expect(try await list(TransitionRequestFilter(modelName: "m", number: 3)) == [ids[2]])
            #expect(try await list(TransitionRequestFilter(state: .pending)) == [ids[2], ids[0]])
            #expect(try await list(TransitionRequestFilter(modelName: "n")).isEmpty)
            let first = try await registry.transitionRequests(TransitionRequestFilter(), limit: 2, page: nil)
            let second = try await registry.transitionRequests(TransitionRequestFilter(), limit: 2, page: first.next)
            #expect(first.items.map(\.id) + second.items.map(\.id) == ids.reversed() && second.next == nil)
            _ = try await registry.renameModel("m", to: "renamed", by: .local)
            #expect(try await list(TransitionRequestFilter(modelName: "renamed")).count == 3)
        }
    }

    @Test("is not approved once the version has left the stage it was in", arguments: DatabaseBackend.allCases)
    func left(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let registry = world.registry
            let made = try await registry.requestTransition(Self.request(), by: Self.ada)
            for stage in [ModelStage.archived, .production] {
                _ = try await registry.transition("m", 1, to: stage, archivingOthers: false, by: .local)
                let told = await refusal {
                    _ = try await registry.approveTransition(made.id, checklist: nil, comment: "fine", by: Self.bob)
                }
                #expect(
                    told == "RESOURCE_CONFLICT: Model Version (name=m, version=1) was in stage None when the transition"
                        + " request \(made.id) was made, and is in \(stage.rawValue) now. Reject the request and make"
                        + " another."
                )
            }
            let kept = try await registry.transitionRequest(made.id)
            #expect(kept.state == .pending && kept.decidedBy == nil && kept.comments.isEmpty)
            #expect(try await world.stages(of: "m") == [1: "Production"])
            _ = try await registry.transition("m", 1, to: .none, archivingOthers: false, by: .local)
            _ = try await registry.approveTransition(made.id, checklist: nil, comment: "", by: Self.bob)
            #expect(try await world.stages(of: "m") == [1: "Production"])
        }
    }

    @Test("is approved once, however many approve it at once", arguments: DatabaseBackend.allCases)
    func concurrency(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let made = try await world.registry.requestTransition(Self.request(), by: Self.ada)
            let outcomes = await withTaskGroup(of: String.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        await refusal {
                            let actor = Actor(name: "approver-\(index)")
                            let registry = world.registry
                            _ = try await registry.approveTransition(made.id, checklist: nil, comment: "", by: actor)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 == "nothing was refused" }.count == 1)
            #expect(outcomes.filter { $0.hasPrefix("RESOURCE_CONFLICT") }.count == 7)
        }
    }
}

@Suite("A protected model")
struct ProtectionTests {
    @Test("changes the stage of its versions by approved requests alone", arguments: DatabaseBackend.allCases)
    func gate(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let registry = world.registry
            #expect(try await !registry.model("m").isProtected)
            #expect(try await registry.setProtection(of: "m", true, by: .local).isProtected)
            for stage in ModelStage.allCases {
                #expect(
                    await refusal {
                        _ = try await registry.transition("m", 1, to: stage, archivingOthers: false, by: .local)
                    }
                        == "PERMISSION_DENIED: Registered Model (name=m) is protected: ask for the transition of version 1"
                        + " to \(stage.rawValue) with POST /api/v1/registry/transition-requests, and let somebody else"
                        + " approve it."
                )
            }
            let wanted = NewTransitionRequest(modelName: "m", version: .number(1), stage: .production)
            let made = try await registry.requestTransition(wanted, by: .local)
            let bob = Actor(name: "bob")
            _ = try await registry.approveTransition(made.id, checklist: nil, comment: "", by: bob)
            #expect(try await world.stages(of: "m") == [1: "Production"])
        }
    }

    @Test("is set free by two people, the second of whom agrees with the first", arguments: DatabaseBackend.allCases)
    func lift(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let registry = world.registry
            let (ada, bob) = (Actor(name: "ada"), Actor(name: "bob"))
            _ = try await registry.setProtection(of: "m", true, by: ada)
            let asked = try await registry.setProtection(of: "m", false, by: ada)
            #expect(asked.isProtected && asked.liftRequest?.requestedBy == ada)
            let again = await refusal { _ = try await registry.setProtection(of: "m", false, by: ada) }
            #expect(
                again == "PERMISSION_DENIED: 'ada' asked already that the protection of Registered Model (name=m) be"
                    + " lifted, so somebody else must ask for the same."
            )
            let moved = await refusal {
                _ = try await registry.transition("m", 1, to: .production, archivingOthers: false, by: ada)
            }
            #expect(moved.hasPrefix("PERMISSION_DENIED"))
            let kept = try await registry.setProtection(of: "m", true, by: bob)
            #expect(kept.isProtected && kept.liftRequest == nil)
            #expect(try await registry.setProtection(of: "m", false, by: bob).liftRequest?.requestedBy == bob)
            let lifted = try await registry.setProtection(of: "m", false, by: ada)
            #expect(!lifted.isProtected && lifted.liftRequest == nil)
            #expect(try await !registry.setProtection(of: "m", false, by: ada).isProtected)
            _ = try await registry.transition("m", 1, to: .archived, archivingOthers: false, by: ada)
            #expect(
                try await world.trace(of: Subject("registered_model", "m")).dropFirst() == [
                    #"registered_model.updated {"protected":true}"#,
                    #"registered_model.updated {"lift_requested":true}"#,
                    #"registered_model.updated {"lift_requested":false,"lift_requested_by":"ada"}"#,
                    #"registered_model.updated {"lift_requested":true}"#,
                    #"registered_model.updated {"lift_requested_by":"bob","protected":false}"#,
                ]
            )
        }
    }

    @Test("stays so for one who is alone, who is told what to do", arguments: DatabaseBackend.allCases)
    func alone(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            _ = try await world.registry.setProtection(of: "m", true, by: .local)
            _ = try await world.registry.setProtection(of: "m", false, by: .local)
            let told = await refusal { _ = try await world.registry.setProtection(of: "m", false, by: .local) }
            #expect(told.contains("'martlet token create --user NAME'"))
            #expect(try await world.registry.model("m").isProtected)
        }
    }

    @Test("keeps its name, and is not deleted", arguments: DatabaseBackend.allCases)
    func name(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            let registry = world.registry
            _ = try await registry.setProtection(of: "m", true, by: .local)
            let deleted = await refusal { try await registry.deleteModel("m", by: .local) }
            #expect(deleted.hasPrefix("PERMISSION_DENIED: Registered Model (name=m) is protected"))
            let renamed = await refusal { _ = try await registry.renameModel("m", to: "n", by: .local) }
            #expect(renamed.contains("can't be renamed"))
            #expect(try await registry.model("m").latestVersions.map(\.number) == [1])
            _ = try await registry.setProtection(of: "m", false, by: .local)
            _ = try await registry.setProtection(of: "m", false, by: Actor(name: "bob"))
            _ = try await registry.renameModel("m", to: "n", by: .local)
            try await registry.deleteModel("n", by: .local)
        }
    }

    @Test("must be there", arguments: DatabaseBackend.allCases)
    func unknown(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let told = await refusal { _ = try await world.registry.setProtection(of: "m", true, by: .local) }
            #expect(told == "RESOURCE_DOES_NOT_EXIST: Registered Model with name=m not found")
        }
    }
}
