import TestSupport
import Testing

@testable import Tracking

@Suite("The numbers of runs")
struct RunNumberTests {
    @Test("are never given twice, by two servers and past the ends of blocks", arguments: DatabaseBackend.allCases)
    func distinct(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let servers = [RunNumbers(database: fixture.database), RunNumbers(database: fixture.database)]
            let numbers = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for task in 0..<8 {
                    group.addTask {
                        var numbers: [Int64] = []
                        for _ in 0..<700 { numbers.append(try await servers[task % 2].next()) }
                        return numbers
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(numbers.count == 5600 && Set(numbers).count == 5600)
            #expect(numbers.allSatisfy { $0 > 0 })
        }
    }
}
