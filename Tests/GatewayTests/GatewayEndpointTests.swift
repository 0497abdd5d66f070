import Gateway
import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("An endpoint of the gateway")
struct GatewayEndpointTests {
    /// Two models, one of which is asked when the other fails.
    private func plan(_ world: GatewayWorld, _ name: String = "endpoint") async throws -> GatewayEndpointChange {
        var fallback = NewGatewayLink(modelID: try await world.model("second of \(name)").id, kind: .fallback)
        fallback.fallbackOrder = 0
        fallback.weight = 0.5
        var new = GatewayEndpointChange()
        new.name = name
        new.links = [NewGatewayLink(modelID: try await world.model("first of \(name)").id, kind: .primary), fallback]
        new.routing = .trafficSplit
        new.fallback = .init(strategy: .sequential, attemptsMax: 2)
        new.user = "ada"
        return new
    }

    @Test("has its models in their order, and a plan for when they fail", arguments: DatabaseBackend.allCases)
    func make(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let made = try await world.gateway.createEndpoint(try await plan(world), by: .local)
            #expect(made.id.wholeMatch(of: /e-[0-9a-f]{32}/) != nil)
            for endpoint in [
                made, try await world.gateway.endpoint(id: made.id, name: nil),
                try await world.gateway.endpoint(id: nil, name: "endpoint"),
                try #require(try await world.gateway.endpoints(of: "openai").first),
            ] {
                #expect(endpoint.links.map(\.model.name) == ["first of endpoint", "second of endpoint"])
                #expect(endpoint.links.map(\.kind) == [.primary, .fallback])
                #expect(endpoint.links.map(\.weight) == [1, 0.5] && endpoint.links.map(\.fallbackOrder) == [nil, 0])
                #expect(endpoint.routing == .trafficSplit && endpoint.fallback?.attemptsMax == 2)
                #expect(endpoint.fallback?.strategy == .sequential && endpoint.history.createdBy == "ada")
            }
            #expect(try await world.gateway.endpoints(of: "anthropic").isEmpty)
            #expect(try await world.gateway.endpoints(of: nil).count == 1)
            let plain = try await world.endpoint("plain")
            #expect(plain.routing == nil && plain.fallback == nil && plain.experimentID == nil)
        }
    }

    @Test(
        "that tracks its usage has an experiment of its own, made with it or not at all",
        arguments: DatabaseBackend.allCases
    )
    func experiment(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let new = try await plan(world, "tracked")
            let made = try await world.gateway.createEndpoint(new, by: .local)
            let id = try #require(made.experimentID)
            let experiment = try await world.tracking.experiment(id)
            #expect(experiment.name == "gateway/tracked" && made.tracksUsage)
            #expect(experiment.tags.contains(Tag(key: "mlflow.experiment.sourceId", value: made.id)))
            await expectRefusal(.resourceAlreadyExists, "Endpoint with name 'tracked' already exists") {
                try await world.gateway.createEndpoint(new, by: .local)
            }
            var broken = new
            broken.name = "broken"
            broken.links?[1].modelID = "d-0"
            await expectRefusal(.resourceDoesNotExist, "Model definitions not found: d-0") {
                try await world.gateway.createEndpoint(broken, by: .local)
            }
            await expectRefusal(.resourceDoesNotExist, "Could not find experiment with name 'gateway/broken'") {
                try await world.tracking.experiment(named: "gateway/broken")
            }
            // Later, and with the experiment that is there.
            let quiet = try await world.endpoint("quiet")
            var change = GatewayEndpointChange()
            change.tracksUsage = true
            change.experimentID = id
            #expect(try await world.gateway.updateEndpoint(quiet.id, change, by: .local).experimentID == id)
            change.experimentID = ExperimentID(number: 99)
            await expectRefusal(.resourceDoesNotExist, "No Experiment with id=99 exists") {
                try await world.gateway.updateEndpoint(quiet.id, change, by: .local)
            }
        }
    }

    @Test("stays when its experiment is removed for good", arguments: DatabaseBackend.allCases)
    func purge(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let made = try await world.gateway.createEndpoint(try await plan(world), by: .local)
            let id = try #require(made.experimentID)
            try await world.tracking.deleteExperiment(id, by: .local)
            try await world.purgeExperiments()
            let left = try await world.gateway.endpoint(id: made.id, name: nil)
            #expect(left.experimentID == nil && left.links.count == 2)
        }
    }

    @Test("takes another name, other models and another plan", arguments: DatabaseBackend.allCases)
    func update(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let made = try await world.endpoint("one")
            _ = try await world.endpoint("two")
            var change = try await plan(world, "three")
            change.tracksUsage = false
            let changed = try await world.gateway.updateEndpoint(made.id, change, by: .local)
            #expect(
                changed.name == "three" && changed.links.map(\.model.name) == ["first of three", "second of three"]
            )
            #expect(changed.routing == .trafficSplit && changed.fallback?.attemptsMax == 2)
            var other = GatewayEndpointChange()
            other.fallback = .init(strategy: .sequential, attemptsMax: 5)
            let planned = try await world.gateway.updateEndpoint(made.id, other, by: .local)
            #expect(planned.fallback?.attemptsMax == 5 && planned.links.count == 2 && planned.routing == .trafficSplit)
            var name = GatewayEndpointChange()
            name.name = "two"
            await expectRefusal(.resourceAlreadyExists, "Endpoint with name 'two' already exists") {
                try await world.gateway.updateEndpoint(made.id, name, by: .local)
            }
            name.name = "no/slash"
            await expectRefusal(.invalidParameterValue, "Invalid endpoint name 'no/slash'.") {
                try await world.gateway.updateEndpoint(made.id, name, by: .local)
            }
        }
    }

    @Test("has models attached and detached", arguments: DatabaseBackend.allCases)
    func models(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let gateway = world.gateway
            let endpoint = try await world.endpoint()
            let more = try await world.model("more")
            let link = NewGatewayLink(modelID: more.id, kind: .primary)
            let made = try await gateway.attach(link, to: endpoint.id, user: "ada", by: .local)
            #expect(made.endpointID == endpoint.id && made.model.id == more.id && made.createdBy == "ada")
            #expect(try await gateway.endpoint(id: endpoint.id, name: nil).links.last?.id == made.id)
            await expectRefusal(.resourceAlreadyExists, "Model definition '\(more.id)' is already attached") {
                try await gateway.attach(link, to: endpoint.id, user: nil, by: .local)
            }
            try await gateway.detach(more.id, from: endpoint.id, by: .local)
            await expectRefusal(.resourceDoesNotExist, "Model definition '\(more.id)' is not attached to endpoint") {
                try await gateway.detach(more.id, from: endpoint.id, by: .local)
            }
            #expect(try await gateway.endpoint(id: endpoint.id, name: nil).links.count == 1)
        }
    }

    @Test("has tags, up to a hundred", arguments: DatabaseBackend.allCases)
    func tags(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let id = try await world.endpoint().id
            for number in 0..<100 {
                try await world.gateway.setEndpointTag(Tag(key: "k\(number)", value: "v"), on: id)
            }
            await expectRefusal(.resourceExhausted, "There are 100 tags on the endpoint already") {
                try await world.gateway.setEndpointTag(Tag(key: "more", value: "v"), on: id)
            }
            try await world.gateway.setEndpointTag(Tag(key: "k0", value: "other"), on: id)
            try await world.gateway.deleteEndpointTag("k1", on: id)
            let tags = try await world.gateway.endpoint(id: id, name: nil).tags
            #expect(tags.count == 99 && tags.first == Tag(key: "k0", value: "other"))
        }
    }

    @Test("knows what uses it, until it is deleted", arguments: DatabaseBackend.allCases)
    func uses(backend: DatabaseBackend) async throws {
        try await withGateway(backend) { world in
            let gateway = world.gateway
            let (one, two) = (try await world.endpoint("one"), try await world.endpoint("two"))
            for (endpoint, job) in [(one, "a"), (one, "b"), (two, "c")] {
                _ = try await gateway.bind(endpoint.id, to: .scorer, job, user: nil, by: .local)
            }
            #expect(try await gateway.bindings(of: one.id, to: "scorer", nil).map(\.resourceID) == ["a", "b"])
            #expect(try await gateway.bindings(of: nil, to: nil, "c").map(\.endpointID) == [two.id])
            await expectRefusal(.resourceAlreadyExists, "The scorer 'a' is already bound") {
                try await gateway.bind(one.id, to: .scorer, "a", user: nil, by: .local)
            }
            try await gateway.unbind(one.id, from: "scorer", "a", by: .local)
            await expectRefusal(.resourceDoesNotExist, "GatewayEndpointBinding not found (endpoint_id='\(one.id)'") {
                try await gateway.unbind(one.id, from: "scorer", "a", by: .local)
            }
            try await gateway.deleteEndpoint(one.id, by: .local)
            #expect(try await gateway.bindings(of: nil, to: nil, nil).map(\.resourceID) == ["c"])
        }
    }

    @Test("is refused without models, with one twice, or out of bounds")
    func bounds() async throws {
        try await withGateway(.sqlite) { world in
            let good = try await plan(world)
            func refused(_ message: String, _ change: (inout GatewayEndpointChange) -> Void) async {
                var new = good
                change(&new)
                let bad = new
                await expectRefusal(.invalidParameterValue, message) {
                    try await world.gateway.createEndpoint(bad, by: .local)
                }
            }
            await refused("Endpoint must have at least one model configuration") { $0.links = [] }
            await refused("A model definition is attached to the endpoint twice") { new in
                new.links = new.links.map { [$0[0], $0[0]] }
            }
            await refused("A weight must be from 0") { $0.links?[0].weight = .nan }
            await refused("A weight must be from 0") { $0.links?[0].weight = -1 }
            await refused("fallback_order must be from 0 to 1000") { $0.links?[1].fallbackOrder = -1 }
            await refused("max_attempts must be from 1 to 100, got 0.") { $0.fallback?.attemptsMax = 0 }
            await refused("Invalid endpoint name 'a b'") { $0.name = "a b" }
            await refused("Missing value for required parameter 'name'.") { $0.name = nil }
        }
    }
}
