/// In which order an endpoint's models are asked. Pure.
enum GatewayPlan {
    /// One of the models that share the requests, chosen by `chance` in [0, 1), then those for when it fails, as far as
    /// the endpoint's plan goes.
    static func models(of endpoint: GatewayEndpoint, chance: Double) -> [GatewayModel] {
        guard let first = primary(of: endpoint, chance: chance) else { return [] }
        guard let fallback = endpoint.fallback else { return [first.model] }
        let others = endpoint.links.enumerated().filter { $0.element.kind == .fallback }.sorted { left, right in
            let (one, other) = (left.element.fallbackOrder ?? .max, right.element.fallbackOrder ?? .max)
            return (one, left.offset) < (other, right.offset)
        }
        let attempts = fallback.attemptsMax.map { Int($0) } ?? others.count
        return [first.model] + others.prefix(attempts).map(\.element.model)
    }

    private static func primary(of endpoint: GatewayEndpoint, chance: Double) -> GatewayLink? {
        let primaries = endpoint.links.filter { $0.kind == .primary }
        let total = primaries.reduce(0) { $0 + $1.weight }
        guard endpoint.routing == .trafficSplit, total > 0 else { return primaries.first }
        var left = chance * total
        for link in primaries {
            left -= link.weight
            if left < 0 { return link }
        }
        return primaries.last { $0.weight > 0 }
    }
}
