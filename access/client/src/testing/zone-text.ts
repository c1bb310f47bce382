/** Master file text of a zone with so many records of all kinds that a table takes, the same for the same count. */
export function generatedZone(records: number): string {
  const lines: string[] = ['$TTL 3600', '@ SOA ns1 hostmaster 7 3600 600 604800 300', '@ NS ns1', '@ NS ns2']
  const rows: string[] = [
    '@ MX 10 mail',
    '@ MX 20 mail2',
    '@ TXT "v=spf1 mx -all"',
    '@ CAA 0 issue "ca.example"',
    'ns1 A 192.0.2.1',
    'ns2 AAAA 2001:db8::2',
    '_dmarc TXT "v=DMARC1; p=reject"',
    '_sip._tcp SRV 0 5 5060 host0',
    '* A 192.0.2.250',
    '*.users CNAME host0',
  ]
  for (let number = 0; rows.length < records; number++) rows.push(...rowsOf(number))
  return `${[...lines, ...rows.slice(0, records)].join('\n')}\n`
}

const rowsOf = (number: number): string[] => [
  `host${number} A 10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
  `host${number} 300 AAAA 2001:db8::${(number + 1).toString(16)}`,
  `host${number} TXT "host number ${number}" "second \\"part\\""`,
  `alias${number} CNAME host${number}`,
  `mail.host${number} MX ${number % 50} host${number}`,
  `_ldap._tcp.host${number} SRV 0 ${number % 100} 389 host${number}`,
  `www.host${number} HTTPS 1 . alpn=h2,h3`,
  `sec.host${number} CAA 0 issue "ca${number % 9}.example"`,
  `id.host${number} SSHFP 4 2 ${number.toString(16).padStart(64, '0')}`,
  `*.wild${number} A 10.200.${(number >> 8) & 255}.${number & 255}`,
]
