import Inference
import Kernel
import Registry
import Testing

@testable import Serving

@Suite("The cache of results")
struct ResultCacheTests {
    private static func inputs(_ values: [Double], shape: [Int]? = nil) throws -> ModelInputs {
        let tensor = try Tensor(.double(values), shape: shape ?? [1, values.count])
        return ModelInputs(rows: 1, tensors: [NamedTensor(name: "x", tensor: tensor)])
    }

    private static func answer(_ value: Double) throws -> ModelAnswer {
        ModelAnswer(outputs: [NamedTensor(name: "y", tensor: try Tensor(.double([value]), shape: [1]))])
    }

    /// What Prometheus is told, by name and labels.
    private static func samples(of families: [MetricFamily]) -> [String: Double] {
        var values: [String: Double] = [:]
        for family in families {
            for sample in family.samples {
                let labels = sample.labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",")
                values["\(family.name)\(sample.suffix){\(labels)}"] = sample.value
            }
        }
        return values
    }

    @Test("gives the same answer to the same bits, and to nothing else")
    func bits() throws {
        let cache = ResultCache(bytesMax: 1 << 20)
        let model = cache.number()
        let other = cache.number()
        func key(_ values: [Double], shape: [Int]? = nil, model: UInt64) throws -> ResultCache.Key {
            try #require(cache.key(try Self.inputs(values, shape: shape), model: model))
        }
        cache.keep(try Self.answer(7), for: try key([0, .nan], model: model))
        #expect(cache.answer(to: try key([0, .nan], model: model))?.outputs == (try Self.answer(7).outputs))
        #expect(cache.answer(to: try key([-0.0, .nan], model: model)) == nil)
        #expect(cache.answer(to: try key([0, .nan], shape: [2, 1], model: model)) == nil)
        #expect(cache.answer(to: try key([0, .nan], model: other)) == nil)
        #expect(cache.counts.hits == 1 && cache.counts.misses == 1)
    }

    @Test("stays within its bound, and keeps what is asked for")
    func bound() throws {
        let bytesMax = 64 << 10
        let cache = ResultCache(bytesMax: bytesMax)
        let model = cache.number()
        let favourite = try #require(cache.key(try Self.inputs([-1]), model: model))
        cache.keep(try Self.answer(-1), for: favourite)
        for number in 0..<2_000 {
            let key = try #require(cache.key(try Self.inputs([Double(number)]), model: model))
            cache.keep(try Self.answer(Double(number)), for: key)
            #expect(cache.answer(to: favourite)?.outputs == (try Self.answer(-1).outputs))
            #expect(cache.counts.bytes <= bytesMax)
        }
        let first = try #require(cache.key(try Self.inputs([0]), model: model))
        #expect(cache.answer(to: first) == nil)
        #expect(cache.key(try Self.inputs([Double](repeating: 0, count: 10_000)), model: model) == nil)
        #expect(ResultCache(bytesMax: 0).key(try Self.inputs([1]), model: 1) == nil)
    }

    @Test("answers an endpoint that wants it, not one that does not, and never for another version")
    func endpoint() async throws {
        try await withServing { world in
            let cache = ResultCache(bytesMax: 1 << 20)
            let service = try world.makeService(cache: cache)
            try await world.register("gbdt", fixture: "gbdt")
            try await world.register("gbdt", fixture: "gbdt")
            let row = try Fixture("gbdt").rows[0]
            let body = #"{"model_name": "gbdt", "inputs": \#(row)}"#
            func ask() async throws -> JSON? { try await service.predict(body)["prediction"] }

            _ = try await service.deploy("gbdt", .number(1), by: world.actor)
            let plain = try await ask()
            _ = try await ask()
            #expect(cache.counts == ResultCache.Counts())

            _ = try await service.deploy("gbdt", .number(1), try EndpointWishes(caching: true), by: world.actor)
            for _ in 0..<3 { #expect(try await ask() == plain) }
            #expect(cache.counts.hits == 2 && cache.counts.misses == 1)
            let told = Self.samples(of: service.metrics())
            let labels = #"{endpoint="gbdt",variant="v1"}"#
            #expect(told["martlet_serving_variant_cache_hits_total" + labels] == 2)
            #expect(told["martlet_serving_variant_cache_misses_total" + labels] == 1)
            // What is kept is not asked of the model again.
            #expect(told["martlet_serving_batch_rows_count" + labels] == 1)
            #expect(told["martlet_serving_batch_rows_sum" + labels] == 1)
            let first = #"{endpoint="gbdt",variant="v1",le="1"}"#
            let last = #"{endpoint="gbdt",variant="v1",le="+Inf"}"#
            #expect(told["martlet_serving_batch_rows_bucket" + first] == 1)
            #expect(told["martlet_serving_batch_rows_bucket" + last] == 1)

            // The wish stays with the endpoint; what another version answered is another answer.
            _ = try await service.deploy("gbdt", .number(2), by: world.actor)
            #expect(try await ask() == plain)
            #expect(cache.counts.hits == 2 && cache.counts.misses == 2)

            let again = try world.makeService(cache: cache)
            try await again.restore()
            for _ in 0..<2 { _ = try await again.predict(body) }
            #expect(cache.counts.hits == 3 && cache.counts.misses == 3)
        }
    }
}
