import Testing

@testable import Outbound

@Suite("An address")
struct AddressRulesTests {
    @Test(
        "of the public internet is public",
        arguments: [
            [8, 8, 8, 8], [1, 1, 1, 1], [172, 15, 0, 1], [172, 32, 0, 1], [100, 63, 0, 1], [192, 169, 0, 1],
        ]
            as [[UInt8]]
    )
    func publicV4(address: [UInt8]) {
        #expect(AddressRules.isPublic(v4: address))
        #expect(AddressRules.isPublic(v6: Self.mapped(address)))
    }

    @Test(
        "of this machine, of a private network, of a link or of nobody is not",
        arguments: [
            [127, 0, 0, 1], [10, 1, 2, 3], [172, 16, 0, 1], [172, 31, 255, 255], [192, 168, 1, 1],
            [169, 254, 169, 254],
            [100, 64, 0, 1], [0, 0, 0, 0], [224, 0, 0, 1], [255, 255, 255, 255], [198, 18, 0, 1], [203, 0, 113, 1],
        ] as [[UInt8]]
    )
    func privateV4(address: [UInt8]) {
        #expect(!AddressRules.isPublic(v4: address))
        #expect(!AddressRules.isPublic(v6: Self.mapped(address)))
        // NAT64 leads to the same place.
        #expect(!AddressRules.isPublic(v6: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] + address))
    }

    @Test("of IPv6 is public within 2000::/3 alone")
    func v6() {
        func address(_ head: [UInt8]) -> [UInt8] { head + [UInt8](repeating: 0, count: 15 - head.count) + [1] }
        #expect(AddressRules.isPublic(v6: address([0x20, 0x01, 0x48, 0x60])))
        for head: [UInt8] in [
            [], [0xFE, 0x80], [0xFC, 0], [0xFD, 0], [0xFF, 2], [0x20, 0x02], [0x20, 0x01, 0x0D, 0xB8],
        ] {
            #expect(!AddressRules.isPublic(v6: address(head)), "\(head)")
        }
    }

    @Test("that is looked up tells which it is")
    func lookup() async throws {
        let lookup = HostLookup()
        let local = try await lookup.addresses(of: "localhost")
        #expect(!local.isEmpty && local.allSatisfy { !$0.isPublic })
        let literal = try await lookup.addresses(of: "8.8.8.8")
        #expect(literal.map(\.text) == ["8.8.8.8"] && literal[0].isPublic)
        await #expect(throws: OutboundError.unknownHost("nobody.invalid")) {
            try await lookup.addresses(of: "nobody.invalid")
        }
    }

    private static func mapped(_ address: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + address
    }
}
