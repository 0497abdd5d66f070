import Database
import Testing

@testable import Tracking

@Suite("A chunk of metric points")
struct MetricChunkTests {
    private static let extremes: [Int64] = [.min, .min + 1, -129, -64, -1, 0, 1, 63, 64, 127, 128, .max - 1, .max]
    private static let values: [Double] = [
        0, 1, -1, 0.1, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
    ]

    private func points(in chunks: [[UInt8]]) throws -> [MetricPoint] {
        var points: [MetricPoint] = []
        for chunk in chunks { try MetricChunk.read(chunk, into: &points) }
        return points
    }

    private func texts(_ points: [MetricPoint]) -> [String] {
        points.map { "\($0.timestamp) \($0.step) \($0.value)" }
    }

    @Test("gives back every point once, in the order of time")
    func roundTrip() throws {
        let all = Self.extremes.flatMap { timestamp in
            Self.extremes.flatMap { step in
                Self.values.map { MetricPoint(timestamp: timestamp, step: step, value: $0) }
            }
        }
        let read = try points(in: MetricChunk.chunks(of: (all + all).shuffled()))
        #expect(read.count == all.count)
        #expect(zip(read, read.dropFirst()).allSatisfy { MetricPointOrder.time.isBefore($0, $1) })
        #expect(Set(texts(read)) == Set(texts(all)))
        #expect(MetricChunk.chunks(of: []).isEmpty)
    }

    @Test("is the same bytes whatever the order of its points was, and has one zero")
    func canonical() {
        let points = (0..<30).map { MetricPoint(timestamp: $0 % 7, step: $0, value: Double($0) / 3) }
        #expect(MetricChunk.chunks(of: points.shuffled() + points) == MetricChunk.chunks(of: points))
        let zeros = [0.0, -0.0].map { MetricPoint(timestamp: 1, step: 1, value: $0) }
        #expect(MetricChunk.chunks(of: [zeros[0]]) == MetricChunk.chunks(of: [zeros[1]]))
        #expect(MetricChunk.chunks(of: zeros) == MetricChunk.chunks(of: [zeros[0]]))
    }

    @Test("fits a page of SQLite, is small for points of a rising step, and sorts as bytes by its first time")
    func size() {
        let wild = (0..<500).map { MetricPoint(timestamp: .max / ($0 + 1), step: .min / ($0 + 1), value: 1) }
        let tame = (0..<500).map { MetricPoint(timestamp: 1_700_000_000_000 + $0 * 90, step: $0, value: 1) }
        for points in [wild, tame] {
            let chunks = MetricChunk.chunks(of: points)
            #expect(chunks.allSatisfy { $0.count <= MetricChunk.bytesMax })
            #expect(zip(chunks, chunks.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        }
        #expect(MetricChunk.chunks(of: tame).count <= 7)
        let early = MetricChunk.chunks(of: [MetricPoint(timestamp: -1, step: 0, value: 0)])
        let late = MetricChunk.chunks(of: [MetricPoint(timestamp: 1, step: 0, value: 0)])
        #expect(early[0].lexicographicallyPrecedes(late[0]))
    }

    @Test("that is cut short is refused")
    func broken() throws {
        let chunk = try #require(
            MetricChunk.chunks(of: [MetricPoint(timestamp: 1 << 40, step: 1 << 40, value: 1)]).first
        )
        for count in 0..<chunk.count where count != 8 {
            var points: [MetricPoint] = []
            #expect(throws: DatabaseError.self) { try MetricChunk.read(Array(chunk.prefix(count)), into: &points) }
        }
        var points: [MetricPoint] = []
        let endless = [UInt8](repeating: 0xFF, count: 40)
        #expect(throws: DatabaseError.self) { try MetricChunk.read(endless, into: &points) }
    }
}
